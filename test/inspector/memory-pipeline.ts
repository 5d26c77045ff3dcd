import { ThreadReporter } from "../../src/app/inspector/thread-reporter.ts";
import { SLICES_TOPIC } from "../../src/gdelt/feeds.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import type { MetricSnapshot } from "../../src/inspector/metrics/metric-registry.ts";
import type { RunnerStatus } from "../../src/runtime/runner-status.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";

const NEVER = Number.POSITIVE_INFINITY;
const FEEDS = ["events", "mentions", "gkg"];

/** Stamp of the first slice. */
export const FIRST_MS = Date.UTC(2026, 0, 1);

/** The Silver topology in memory, with a clock that stands still, and what it reports. */
export class MemoryPipeline {
  readonly topology = silverTopology({ ...SILVER_DEFAULTS, mart: false });
  readonly reporter: ThreadReporter;
  nowMs = FIRST_MS;
  readonly #clock = { nowMs: () => this.nowMs };
  readonly #log = new MemoryLog();
  readonly #slices = new SliceStream({ seed: 3, startMs: FIRST_MS, eventsPerSlice: 40 });
  readonly #partitions: number;
  thread!: StreamThread;
  #publisher!: SlicePublisher;
  #next = 0;

  private constructor(partitions: number) {
    this.#partitions = partitions;
    this.reporter = new ThreadReporter(this.#clock, "main");
  }

  static async open(partitions: number): Promise<MemoryPipeline> {
    const pipeline = new MemoryPipeline(partitions);
    await pipeline.#open();
    return pipeline;
  }

  async #open(): Promise<void> {
    const log = this.#log;
    const retention = "forever" as const;
    const partitions = this.#partitions;
    await log.createTopics([
      ...FEEDS.map((feed) => ({ name: `gdelt.${feed}`, partitions, retention })),
      { name: SLICES_TOPIC, partitions: 1, retention },
    ]);
    const tables = new MemoryTables();
    this.thread = await openStreams(
      {
        applicationId: "app",
        generation: 1,
        topology: this.topology,
        log,
        clock: this.#clock,
        checkpoints: new MemoryObjectStore(this.#clock),
        openSpill: () => new MemorySpill(),
        openTable: (node, topic, partition) =>
          tables.sink(node, topic, partition, (_call, work) => work()),
        sliceMemoryMs: NEVER,
        fetchBytesMax: 1 << 20,
        commit: {
          ...{ closedMs: 0, intervalMs: NEVER, outputBytesMax: NEVER },
          ...{ tableBytesMax: NEVER, tableIntervalMs: NEVER },
        },
        retry: {
          ...{ taskAttemptsMax: 1, tableAttemptsMax: 1, waitMs: 1, waitMsMax: 1 },
          wait: async () => {},
        },
        onEvent: (event) => this.reporter.take(event),
      },
      { partitions, sourceRetention: retention, sinkRetention: retention },
    );
    this.reporter.attach(this.topology, this.thread);
    this.#publisher = await SlicePublisher.open(log, {
      ...{ application: "app", feeds: FEEDS, partitions, retentionMs: 8 * 86_400_000 },
      deadLetter: () => [],
    });
  }

  /** Publishes the next slice; its stamp. */
  async publish(): Promise<number> {
    const { sliceMs, stamp, feeds } = this.#slices.slice(this.#next++);
    const contents = new Map([...feeds].map(([feed, bytes]) => [`${stamp}.${feed}`, bytes]));
    const files = new Map([...feeds.keys()].map((feed) => [feed, `${stamp}.${feed}`]));
    await this.#publisher.publish({ sliceMs, stamp, files }, async (name) => {
      const bytes = contents.get(name)!;
      return { name, bytes, checksum: `sha:${name}`, fileBytes: bytes.length };
    });
    return sliceMs;
  }

  /** What the thread reports, taken from the round that follows. */
  async report(): Promise<{ metrics: readonly MetricSnapshot[]; tasks: readonly RunnerStatus[] }> {
    const report = this.reporter.report();
    await this.thread.runOnce();
    return await report;
  }
}
