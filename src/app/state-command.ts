import { ConfigError } from "../record/errors.ts";
import type { TaskMeta } from "../runtime/task.ts";
import { inspectCheckpoints } from "../state/inspect-checkpoints.ts";
import { openObjectStore } from "./open-object-store.ts";
import { parseArguments } from "./parse-arguments.ts";
import { wholeNumber } from "./replay-options.ts";
import { stateJson, stateText } from "./state-text.ts";

const USAGE =
  "usage: gdelt-streams state inspect <checkpoints>, which is a folder (of a replay or start: " +
  ".gdelt-streams/checkpoints) or s3://bucket/prefix; see gdelt-streams --help";

/** `gdelt-streams state inspect`: what a checkpoint store holds; 1 if something is missing or damaged. */
export async function runState(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  if (action !== "inspect") throw new ConfigError(USAGE);
  const { positionals, values } = parseArguments({
    args: rest,
    allowPositionals: true,
    options: {
      application: { type: "string" },
      generation: { type: "string" },
      task: { type: "string" },
      verify: { type: "boolean" },
      json: { type: "boolean" },
      endpoint: { type: "string" },
    },
  });
  const [place, ...others] = positionals;
  if (place === undefined || others.length > 0) throw new ConfigError(USAGE);
  const { application, generation, task, verify = false, json = false, endpoint } = values;
  const which = {
    application,
    task,
    ...(generation !== undefined && {
      generation: wholeNumber("generation", generation, 0, Number.MAX_SAFE_INTEGER),
    }),
  };
  const store = await openObjectStore({ place, endpoint, commits: false });
  let [tasks, isWhole] = [0, true];
  for await (const report of inspectCheckpoints<TaskMeta>(store, which, verify)) {
    tasks++;
    if (report.problems.length > 0) isWhole = false;
    process.stdout.write(json ? stateJson(report) : stateText(report));
  }
  if (tasks === 0) throw new ConfigError(`there are no such checkpoints at ${place}`);
  return isWhole ? 0 : 1;
}
