import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import type { RecordSink } from "./ports.ts";
import type { Runner } from "./runner.ts";
import type { RuntimeConfig } from "./task-config.ts";

/**
 * Feeds one partition of a topic to a table outside the log. The table knows its own position, so
 * there is no state to checkpoint: after any failure it is opened again and says where to go on.
 */
export class TableTask implements Runner {
  readonly id: string;
  readonly isTable = true;
  private readonly config: RuntimeConfig;
  private readonly node: string;
  private readonly topic: string;
  private readonly partition: number;
  private sink!: RecordSink;
  private position = 0;
  private committedPosition = 0;
  /** When the oldest was read of what is not committed; null: there is nothing. */
  private waitingSinceMs: number | null = null;

  constructor(
    config: RuntimeConfig,
    at: { subTopology: number; node: string; topic: string; partition: number },
  ) {
    this.id = `${at.subTopology}_${at.partition}`;
    this.config = config;
    this.node = at.node;
    this.topic = at.topic;
    this.partition = at.partition;
  }

  async open(): Promise<void> {
    const { log, openTable } = this.config;
    this.sink = openTable(this.node, this.topic, this.partition);
    const known = await this.sink.open();
    const at = { topic: this.topic, partition: this.partition };
    const { start } = await log.bounds(at);
    if ((known ?? 0) < start) {
      const state = known === null ? "is new" : `has only come to offset ${known}`;
      throw new ConfigError(
        `table ${this.node} ${state}, but ${partitionName(at)} begins at offset ${start}: what came ` +
          "before would be missing. Replay the input into a new folder, or bring the table back",
      );
    }
    this.position = known ?? start;
    this.committedPosition = this.position;
    this.waitingSinceMs = null;
  }

  /** Takes the next batch into the sink; false at the end of the topic. */
  async step(): Promise<boolean> {
    const { log, fetchBytesMax } = this.config;
    const at = { topic: this.topic, partition: this.partition };
    const records = await log.read(at, this.position, fetchBytesMax);
    if (records === null) return false;
    this.sink.write(records);
    this.position = records.nextOffset;
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
    const { topic, partition } = this;
    const { end } = await this.config.log.bounds({ topic, partition });
    return end - this.position;
  }

  /** Whether anything was read since the last commit. */
  get isDirty(): boolean {
    return this.position !== this.committedPosition;
  }

  async commit(): Promise<void> {
    this.waitingSinceMs = null;
    await this.sink.commit();
    this.committedPosition = this.position;
  }

  /** After a failed commit: the table says where it is, and the log still has what comes next. */
  async recover(): Promise<void> {
    await this.open();
  }

  /** Everything it has is in the table, or is read again. */
  close(): void {
    this.waitingSinceMs = null;
  }
}
