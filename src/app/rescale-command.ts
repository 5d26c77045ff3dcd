import path from "node:path";
import { announcedPartitions, SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { currentGeneration } from "../runtime/generation.ts";
import { rescale, spreadTopics } from "../runtime/rescale.ts";
import { findSavepoint, mustBeAtEnd, type Savepoint } from "../runtime/savepoint.ts";
import { partitionsUsed } from "../runtime/standing-application.ts";
import { workFolder } from "./data-folder.ts";
import {
  APPLICATION_OPTIONS,
  type ApplicationOptions,
  applicationOf,
  applicationOptions,
  withStanding,
} from "./maintenance.ts";
import { openObjectStore } from "./open-object-store.ts";
import { parseArguments } from "./parse-arguments.ts";
import { APPLICATION } from "./publishing.ts";
import { wholeNumber } from "./replay-options.ts";
import { drainedSavepoint, savepoints } from "./savepoint-command.ts";
import { openLake } from "./silver-runtime.ts";
import { STATE_BYTES_MAX, spillBelow } from "./spill-folder.ts";

/** Of state that has left memory while it is shared out, per store. */

/** `gdelt-streams rescale`: goes on with another number of partitions. The exit code. */
export async function runRescale(args: string[], clock: Clock): Promise<number> {
  const { values } = parseArguments({
    args,
    options: {
      ...APPLICATION_OPTIONS,
      partitions: { type: "string" },
      savepoint: { type: "string" },
    },
  });
  if (values.partitions === undefined) throw new ConfigError("say how many: --partitions <N>");
  const partitions = wholeNumber("partitions", values.partitions, 1, 64);
  const options = await applicationOptions(values);
  const application = applicationOf(options);
  const from = await savepoints(options, undefined);
  const { generation, used } = await withStanding(options, clock, async (app) => {
    const current = await currentGeneration(app.checkpoints, application);
    return { ...current, used: await partitionsUsed(app, current) };
  });
  if (used === partitions) {
    throw new ConfigError(`${application} has ${partitions} partitions: there is nothing to do`);
  }
  // The same name again, so that one which was interrupted finds its savepoint.
  const name = values.savepoint ?? `rescale-${generation}-to-${partitions}`;
  const savepoint =
    (await findSavepoint(from, application, name)) ??
    (await drainedSavepoint(options, name, from, clock));
  const spill = path.join(workFolder(options.folder), "rescale");
  const next = await withStanding(options, clock, (app) =>
    rescale(app, savepoint, {
      partitions,
      from,
      openSpill: spillBelow(spill, STATE_BYTES_MAX),
      switchProducer: async (log) => {
        if ((await announcedPartitions(log)) === partitions) return;
        const publisher = await SlicePublisher.open(log, publishing(options, savepoint));
        await mustBeAtEnd(app, savepoint);
        const place = options.tables ?? options.folder;
        const tables = await openObjectStore({ ...options.s3, place, commits: true });
        const lake = await openLake(tables, app.topology, application, clock);
        const topics = spreadTopics(app.topology);
        await lake.rescale(app.topology, { topics, change: savepoint.generation, partitions });
        await publisher.rescale(partitions);
      },
    }),
  );
  process.stdout.write(
    `generation ${next.generation} begins with ${partitions} partitions instead of ` +
      `${savepoint.partitions}, from savepoint ${name}\n`,
  );
  return 0;
}

/** As the generation that ends was published. */
const publishing = ({ feeds, retentionMs }: ApplicationOptions, { partitions }: Savepoint) => ({
  application: APPLICATION,
  feeds,
  partitions,
  retentionMs,
});
