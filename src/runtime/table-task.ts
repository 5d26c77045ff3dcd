import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import type { RecordSink } from "./ports.ts";
import type { Runner } from "./runner.ts";
import type { InputStatus, RunnerStatus } from "./runner-status.ts";
import { sliceAt } from "./slice-ends.ts";
import { TableWork } from "./table-work.ts";
import type { RuntimeConfig } from "./task-config.ts";
import { lagOf, lookAt, type Reading } from "./task-input.ts";
import type { TaskState } from "./task-state.ts";

/** It closes no slices: what has ended in its topic it says in its commits. */
const NO_SLICES = { watermarkMs: null, oldestOpenMs: null, isIdle: false } as const;

/**
 * Feeds one partition of a topic to a table outside the log. The table knows its own position, so
 * there is no state to checkpoint: after any failure it is opened again and says where to go on.
 */
export class TableTask implements Runner {
  readonly id: string;
  readonly isTable = true;
  private readonly config: RuntimeConfig;
  private readonly input: Reading;
  private sink!: RecordSink;
  private state: TaskState = "CREATED";
  private readonly work: TableWork;
  private seen: readonly InputStatus[] = [];
  private committedPosition = 0;
  /** When the oldest was read of what is not committed; null: there is nothing. */
  private waitingSinceMs: number | null = null;
  sliceMs: number | null = null;

  constructor(
    config: RuntimeConfig,
    at: { subTopology: number; node: string; topic: string; partition: number },
  ) {
    this.id = `${at.subTopology}_${at.partition}`;
    this.config = config;
    const { node, topic, partition } = at;
    this.input = { node, topic, partition, position: 0, head: null, start: null };
    // Tasks of several sub-topologies write dead letters, each into its partition of them.
    this.work = new TableWork(topic === config.topology.deadLetters?.topic ? 2 : 1);
  }

  async open(): Promise<void> {
    this.state = "RESTORING";
    const { log, openTable } = this.config;
    const { input } = this;
    this.sink = openTable(input.node, input.topic, input.partition);
    const known = await this.sink.open();
    const { start } = await log.bounds(input);
    if ((known ?? 0) < start) {
      const state = known === null ? "is new" : `has only come to offset ${known}`;
      throw new ConfigError(
        `table ${input.node} ${state}, but ${partitionName(input)} begins at offset ${start}: what came ` +
          "before would be missing. Replay the input into a new folder, or bring the table back",
      );
    }
    input.position = known ?? start;
    input.head = null;
    this.committedPosition = input.position;
    this.waitingSinceMs = null;
    this.work.clear();
    this.state = "RUNNING";
  }

  /** Takes the next batch into the sink; false at the end of the topic. */
  async step(): Promise<boolean> {
    const { log, fetchBytesMax } = this.config;
    const { input } = this;
    const records = input.head ?? (await log.read(input, input.position, fetchBytesMax));
    if (records === null) return false;
    input.head = null;
    const rows = this.sink.write(records);
    input.position = records.nextOffset;
    this.sliceMs = sliceAt(records) ?? this.sliceMs;
    this.work.take(records, rows);
    // Without a row too: that a slice has ended is to be known where there is nothing to say of it.
    this.waitingSinceMs ??= this.config.clock.nowMs();
    return true;
  }

  get wantsCommit(): boolean {
    const { tableBytesMax, tableIntervalMs } = this.config.commit;
    const { bufferedBytes } = this.sink;
    if (bufferedBytes >= tableBytesMax) return true;
    return (
      this.waitingSinceMs !== null &&
      this.config.clock.nowMs() - this.waitingSinceMs >= tableIntervalMs
    );
  }

  /** Records not taken yet. */
  async lag(): Promise<number> {
    return await lagOf(this.config.log, [this.input]);
  }

  /** Whether anything was read since the last commit. */
  get isDirty(): boolean {
    return this.input.position !== this.committedPosition;
  }

  async commit(): Promise<void> {
    const { clock, onEvent } = this.config;
    const { bufferedBytes: bytes } = this.sink;
    const startMs = clock.nowMs();
    this.waitingSinceMs = null;
    await this.sink.commit();
    this.committedPosition = this.input.position;
    this.sliceMs = null;
    const durationMs = clock.nowMs() - startMs;
    const done = this.work.committed();
    onEvent?.({ kind: "table-committed", task: this.id, durationMs, bytes, ...done });
  }

  async look(): Promise<void> {
    const { log, fetchBytesMax: bytesMax } = this.config;
    this.seen = [await lookAt(log, this.input, { bytesMax, slices: NO_SLICES })];
  }

  get status(): RunnerStatus {
    const { id, isTable, state, seen: inputs } = this;
    const nothing = { streamTimeMs: null, stores: [], counts: {}, restoreLeftBytes: 0 };
    return { id, isTable, state, inputs, ...nothing, files: this.sink?.files ?? null };
  }

  /** After a failed commit: the table says where it is, and the log still has what comes next. */
  async recover(): Promise<void> {
    await this.open();
  }

  /** Everything it has is in the table, or is read again. */
  close(): void {
    this.state = "CLOSED";
    this.waitingSinceMs = null;
  }
}
