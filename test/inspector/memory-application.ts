import { SLICES_TOPIC } from "../../src/gdelt/feeds.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import type { Clock } from "../../src/record/clock.ts";
import type { TopicDefaults } from "../../src/runtime/streams.ts";
import type { RuntimeConfig } from "../../src/runtime/task-config.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";

const NEVER = Number.POSITIVE_INFINITY;
const FEEDS = ["events", "mentions", "gkg"];

/** Stamp of the first slice. */
export const FIRST_MS = Date.UTC(2026, 0, 1);

/** What processes of the Silver topology share, in memory; and who publishes for them. */
export class MemoryApplication {
  readonly topology = silverTopology({ ...SILVER_DEFAULTS, mart: false });
  readonly log = new MemoryLog();
  readonly #clock: Clock;
  readonly #checkpoints: MemoryObjectStore;
  readonly #tables = new MemoryTables();
  readonly #slices = new SliceStream({ seed: 3, startMs: FIRST_MS, eventsPerSlice: 40 });
  readonly #partitions: number;
  #publisher!: SlicePublisher;
  #next = 0;

  private constructor(partitions: number, clock: Clock) {
    this.#partitions = partitions;
    this.#clock = clock;
    this.#checkpoints = new MemoryObjectStore(clock);
  }

  static async open(partitions: number, clock: Clock): Promise<MemoryApplication> {
    const application = new MemoryApplication(partitions, clock);
    await application.#open();
    return application;
  }

  async #open(): Promise<void> {
    const retention = "forever" as const;
    const partitions = this.#partitions;
    await this.log.createTopics([
      ...FEEDS.map((feed) => ({ name: `gdelt.${feed}`, partitions, retention })),
      { name: SLICES_TOPIC, partitions: 1, retention },
    ]);
    this.#publisher = await SlicePublisher.open(this.log, {
      ...{ application: "app", feeds: FEEDS, partitions, retentionMs: 8 * 86_400_000 },
      deadLetter: () => [],
    });
  }

  /** Of one process. */
  config(onEvent: NonNullable<RuntimeConfig["onEvent"]>): RuntimeConfig {
    return {
      applicationId: "app",
      generation: 1,
      topology: this.topology,
      log: this.log,
      clock: this.#clock,
      checkpoints: this.#checkpoints,
      openSpill: () => new MemorySpill(),
      openTable: (node, topic, partition) =>
        this.#tables.sink(node, topic, partition, (_call, work) => work()),
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
      onEvent,
    };
  }

  get topics(): TopicDefaults {
    const partitions = this.#partitions;
    return { partitions, sourceRetention: "forever", sinkRetention: "forever" };
  }

  /** Publishes the next slice, `changed` by whoever wants another; its stamp. */
  async publish(changed = (_feed: string, bytes: Buffer) => bytes): Promise<number> {
    const { sliceMs, stamp, feeds } = this.#slices.slice(this.#next++);
    const contents = new Map(
      [...feeds].map(([feed, bytes]) => [`${stamp}.${feed}`, changed(feed, bytes)]),
    );
    const files = new Map([...feeds.keys()].map((feed) => [feed, `${stamp}.${feed}`]));
    await this.#publisher.publish({ sliceMs, stamp, files }, async (name) => {
      const bytes = contents.get(name)!;
      return { name, bytes, checksum: `sha:${name}`, fileBytes: bytes.length };
    });
    return sliceMs;
  }
}
