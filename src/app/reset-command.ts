import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import { planReset, type ResetPlan, type ResetTo, reset } from "../runtime/reset.ts";
import { APPLICATION_OPTIONS, applicationOptions, withStanding } from "./maintenance.ts";
import { parseArguments } from "./parse-arguments.ts";

/** `gdelt-streams reset`: the joins begin anew. The exit code. */
export async function runReset(args: string[], clock: Clock): Promise<number> {
  const { values } = parse(args);
  const { "dry-run": isDry = false, "to-earliest": earliest, "to-latest": latest } = values;
  if (earliest && latest) throw new ConfigError("give --to-earliest or --to-latest, not both");
  const to: ResetTo = latest ? "latest" : "earliest";
  await withStanding(await applicationOptions(values), clock, async (app) => {
    const origin = `reset to ${to}, ${new Date(clock.nowMs()).toISOString()}`;
    const plan = await planReset(app, to, origin);
    process.stdout.write(describe(app.applicationId, plan, isDry));
    if (!isDry) await reset(app, plan);
  });
  return 0;
}

function describe(
  application: string,
  { current, next, starts, deletes }: ResetPlan,
  isDry: boolean,
): string {
  const { group, topics, checkpoints } = deletes;
  const tasks = starts.map(({ task, offsets }) => {
    const from = offsets.map((at) => `${partitionName(at)} from ${at.offset}`).join(", ");
    return `  task ${task} reads ${from}\n`;
  });
  return [
    isDry ? "A reset would do this; nothing is changed.\n" : "",
    `${application}: generation ${next.generation} begins, ${current.generation} ends\n`,
    ...tasks,
    `  deleted: the positions of group ${group}\n`,
    ...topics.map((topic) => `  deleted: topic ${topic}\n`),
    `  deleted: ${checkpoints.objects} objects of checkpoints, ${checkpoints.bytes} bytes\n`,
    "  kept: the raw topics, the tables and their positions; newer rows supersede older ones\n",
  ].join("");
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      ...APPLICATION_OPTIONS,
      "dry-run": { type: "boolean" },
      "to-earliest": { type: "boolean" },
      "to-latest": { type: "boolean" },
    },
  });
