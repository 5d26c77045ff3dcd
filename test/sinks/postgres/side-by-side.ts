import { setTimeout as sleep } from "node:timers/promises";
import type { StreamThread } from "../../../src/runtime/stream-thread.ts";
import { openStreams } from "../../../src/runtime/streams.ts";
import { arrowDeserializer, arrowSerializer } from "../../../src/silver/arrow-rows.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { arrowValues } from "../../../src/sinks/row-decoder.ts";
import { MemoryLog } from "../../../src/sources/memory-log.ts";
import { MemorySpill } from "../../../src/testing/memory-spill.ts";
import { TopologyBuilder } from "../../../src/topology/topology-builder.ts";
import { oneRow } from "../../sources/log-records.ts";
import { type Opened, openTable, type Row, schema } from "../delta/delta-fixture.ts";
import { contentsOf } from "../delta/sink-source.ts";
import { sinkOn, value } from "./sink-fixture.ts";

const NEVER = Number.POSITIVE_INFINITY;
const POLL_MS = 10;
/** How long something may take on a machine that is busy. */
const POLLS_MAX = 2_000;

/** A task whose output feeds a Delta table in memory and a table of a Postgres that may fail. */
export class SideBySide {
  readonly #lake: Opened;
  readonly #log: MemoryLog;
  readonly #thread: StreamThread;
  readonly #time: { nowMs: number };
  #sent = 0;

  private constructor(lake: Opened, log: MemoryLog, thread: StreamThread, time: { nowMs: number }) {
    this.#lake = lake;
    this.#log = log;
    this.#thread = thread;
    this.#time = time;
  }

  static async open(database: Database): Promise<SideBySide> {
    const lake = await openTable();
    const log = new MemoryLog();
    const time = { nowMs: Date.UTC(2024, 5, 1) };
    const clock = { nowMs: () => time.nowMs };
    const thread = await openStreams(
      {
        applicationId: "app",
        generation: 1,
        topology: topology(),
        log,
        clock,
        checkpoints: lake.store,
        openSpill: () => new MemorySpill(),
        openTable: (node, topic, partition) => {
          const source = { topic, partition };
          if (node === "mart") return sinkOn(database, { source, clock });
          const names = { application: "app", generation: 1, name: "lake" };
          return new DeltaSink({ ...names, table: lake.table, source, decode, clock });
        },
        sliceMemoryMs: NEVER,
        fetchBytesMax: 1 << 20,
        commit: {
          closedMs: 0,
          intervalMs: 0,
          outputBytesMax: NEVER,
          tableBytesMax: NEVER,
          tableIntervalMs: 1,
        },
        retry: {
          taskAttemptsMax: 3,
          tableAttemptsMax: NEVER,
          waitMs: 1,
          waitMsMax: 100,
          wait: sleep,
        },
      },
      { partitions: 1, sourceRetention: "forever", sinkRetention: "forever" },
    );
    return new SideBySide(lake, log, thread, time);
  }

  /** Publishes a record of these rows. */
  async put(...rows: Row[]): Promise<void> {
    const bytes = value(...rows);
    const producer = await this.#log.producer("test");
    await producer.send(oneRow({ topic: "in" }, bytes));
    await producer.commit();
    this.#sent++;
  }

  /** Records that have been published. */
  get sent(): number {
    return this.#sent;
  }

  /** Ids in the lake, of which one that was written twice comes twice. */
  async idsInLake(): Promise<readonly number[]> {
    return (await contentsOf(this.#lake.store, this.#lake.options.root)).ids;
  }

  /** Lets the thread run until that is so. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let polls = 0; polls < POLLS_MAX; polls++) {
      this.#time.nowMs += 100;
      await this.#thread.runOnce();
      if (await isSo()) return;
      await sleep(POLL_MS);
    }
    throw new Error(`it never came to that: ${what}`);
  }

  /** What tasks and tables have not read. */
  lag(): Promise<number> {
    return this.#thread.lag();
  }
}

const decode = arrowValues(schema);

function topology() {
  const builder = new TopologyBuilder();
  const completeness = { markers: ["in"] };
  builder
    .source("in", { topic: "in", deserialize: arrowDeserializer, completeness })
    .to("copy", { topic: "rows", serialize: arrowSerializer });
  return builder.table("lake", "rows").table("mart", "rows").build();
}
