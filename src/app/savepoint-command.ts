import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import {
  readSavepoint,
  restoreSavepoint,
  type Savepoint,
  takeSavepoint,
} from "../runtime/savepoint.ts";
import type { ObjectStore } from "../state/object-store.ts";
import {
  APPLICATION_OPTIONS,
  type ApplicationOptions,
  applicationOptions,
  withDrained,
  withStanding,
} from "./maintenance.ts";
import { openObjectStore } from "./open-object-store.ts";
import { parseArguments } from "./parse-arguments.ts";
import { checkpointsPlace } from "./session.ts";

/** `gdelt-streams savepoint`: keeps the whole state under a name. The exit code. */
export async function runSavepoint(args: string[], clock: Clock): Promise<number> {
  const { values } = parseArguments({
    args,
    options: { ...APPLICATION_OPTIONS, name: { type: "string" }, to: { type: "string" } },
  });
  const { name, to } = values;
  if (name === undefined) throw new ConfigError("give the savepoint a name: --name <name>");
  const options = await applicationOptions(values);
  const savepoint = await drainedSavepoint(options, name, await savepoints(options, to), clock);
  const tasks = Object.keys(savepoint.tasks).length;
  process.stdout.write(
    `savepoint ${name}: ${tasks} tasks of ${savepoint.partitions} partitions, ` +
      `generation ${savepoint.generation}\n`,
  );
  return 0;
}

/** `gdelt-streams restore`: begins anew from a savepoint. The exit code. */
export async function runRestore(args: string[], clock: Clock): Promise<number> {
  const { values } = parseArguments({
    args,
    options: { ...APPLICATION_OPTIONS, savepoint: { type: "string" }, from: { type: "string" } },
  });
  const { savepoint: name, from } = values;
  if (name === undefined) throw new ConfigError("say which savepoint: --savepoint <name>");
  const options = await applicationOptions(values);
  const place = await savepoints(options, from);
  const next = await withStanding(options, clock, async (app) =>
    restoreSavepoint(app, await readSavepoint(place, app.applicationId, name), place),
  );
  process.stdout.write(`generation ${next.generation} begins from savepoint ${name}\n`);
  return 0;
}

/** Where savepoints lie: beside the checkpoints, unless another place is given. */
export const savepoints = (
  options: ApplicationOptions,
  place: string | undefined,
): Promise<ObjectStore> =>
  openObjectStore({ ...options.s3, place: place ?? checkpointsPlace(options), commits: true });

/** Joins everything that has been published, and keeps what that comes to. */
export const drainedSavepoint = (
  options: ApplicationOptions,
  name: string,
  to: ObjectStore,
  clock: Clock,
): Promise<Savepoint> =>
  withDrained(options, clock, ({ application, thread }) => {
    const tasks = thread.tasks.map((task) => task.committed);
    return takeSavepoint(application, tasks, { name, to, clock });
  });
