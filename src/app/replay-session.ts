import path from "node:path";
import { stampOf } from "../gdelt/feeds.ts";
import type { SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import type { StreamThread } from "../runtime/stream-thread.ts";
import { openStreams } from "../runtime/streams.ts";
import type { RuntimeEvent } from "../runtime/task-config.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import { openEmbeddedLog } from "../sources/embedded-log/embedded-log.ts";
import { FolderObjectStore } from "../state/folder-object-store.ts";
import { FolderSpill } from "../state/spill.ts";
import { Lake } from "./lake.ts";
import {
  APPLICATION,
  createPublishedTopics,
  feedsFor,
  logFolder,
  openPublisher,
  sinkRetention,
} from "./publishing.ts";
import type { ReplayOptions } from "./replay-options.ts";

const GENERATION = 1;
const MIB = 1024 * 1024;

/** Cache of state that has left memory, per store. */
const SPILL_CACHE_BYTES = 4 * MIB;

/** The log, the tasks and the tables of one replay, open in a folder. */
export interface ReplaySession {
  readonly log: Log;
  readonly thread: StreamThread;
  readonly publisher: SlicePublisher;
  readonly lake: Lake;
  close(): Promise<void>;
}

/**
 * Opens what a replay runs on, below `out`: the tables where readers look for them, and everything
 * else in `out/.gdelt-streams` (log, checkpoints, cold state). An interrupted replay goes on from
 * what it finds there.
 */
export async function openReplay(
  options: ReplayOptions,
  clock: Clock,
  onEvent: (event: RuntimeEvent) => void,
): Promise<ReplaySession> {
  const { out, partitions, retentionDays, translation } = options;
  const work = path.join(out, ".gdelt-streams");
  const feeds = feedsFor(translation);
  const retentionMs = retentionDays * 24 * 3_600_000;
  const publishing = { feeds, partitions, retentionMs };
  const log = await openEmbeddedLog({ folder: logFolder(out) });
  try {
    const store = new FolderObjectStore(out);
    const lake = await Lake.open(store, {
      application: APPLICATION,
      generation: GENERATION,
      clock,
    });
    const topology = silverTopology({ ...SILVER_DEFAULTS, feeds, eventRetentionMs: retentionMs });
    await createPublishedTopics(log, publishing);
    const thread = await openStreams(
      {
        applicationId: APPLICATION,
        generation: GENERATION,
        topology,
        log,
        clock,
        checkpoints: new FolderObjectStore(path.join(work, "checkpoints")),
        openSpill: (name) => new FolderSpill(path.join(work, "spill", name), SPILL_CACHE_BYTES),
        openTable: (node, topic, partition) => lake.sink(node, topic, partition),
        sliceMemoryMs: 2 * retentionMs,
        fetchBytesMax: 4 * MIB,
        commit: {
          closedMs: 500,
          intervalMs: 1000,
          outputBytesMax: 64 * MIB,
          tableBytesMax: 10 * MIB,
          tableIntervalMs: 30_000,
        },
        onEvent,
      },
      {
        partitions,
        sourceRetention: retentionMs,
        sinkRetention: sinkRetention(retentionMs),
      },
    );
    const publisher = await openPublisher(log, publishing, clock);
    return {
      log,
      thread,
      publisher,
      lake,
      close: async () => {
        thread.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

export const sliceLabel = (sliceMs: number): string =>
  Number.isFinite(sliceMs) && sliceMs < 8.64e15 ? stampOf(sliceMs) : "-";
