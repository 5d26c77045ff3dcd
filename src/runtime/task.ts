import assert from "node:assert/strict";
import type { Batch } from "../operators/batch.ts";
import type { OperatorContext, SliceClose } from "../operators/operator.ts";
import { RetriableError, TaskMigratedError } from "../record/errors.ts";
import { partitionName, type RecordBatch } from "../record/record-batch.ts";
import { taskFolder } from "../state/checkpoint-folder.ts";
import { Checkpointer } from "../state/checkpointer.ts";
import type { Store } from "../state/store.ts";
import type { SinkNode, SubTopology } from "../topology/topology.ts";
import { CommitTeller } from "./commit-teller.ts";
import { agreedCheckpoint, begunByAnother, offsetsAreGone } from "./committed-checkpoint.ts";
import { groupOf, mustBeCurrent, producerOf } from "./generation.ts";
import { LetterBox } from "./letter-box.ts";
import { openStores } from "./open-stores.ts";
import { Outbox } from "./outbox.ts";
import { Pipeline } from "./pipeline.ts";
import type { TransactionalProducer } from "./ports.ts";
import type { Runner } from "./runner.ts";
import { type InputStatus, type RunnerStatus, sliceOrNull, storeStatus } from "./runner-status.ts";
import { endedBy, newestOf, traceOfClose } from "./slice-ends.ts";
import { SliceTracker, WATERMARK } from "./slice-tracker.ts";
import { type CommittedTask, NO_CHECKPOINT, type TaskMeta } from "./task-checkpoint.ts";
import type { RuntimeConfig } from "./task-config.ts";
import { TaskCounters } from "./task-counters.ts";
import { inputsOf, lagOf, lookAt, offsetsOf, oldest, type TaskInput } from "./task-input.ts";
import { type TaskState, transition } from "./task-state.ts";

/**
 * One partition of one sub-topology: reads its inputs, runs the operators, and commits state,
 * positions and output as one atomic fact. The order of a commit is in `commit`, and only there.
 */
export class Task implements Runner {
  readonly id: string;
  readonly isTable = false;
  private readonly config: RuntimeConfig;
  private readonly subTopology: SubTopology;
  readonly partition: number;
  readonly topicPartitions: ReadonlyMap<string, number>;
  private readonly inputs: readonly TaskInput[];
  private readonly tracker: SliceTracker;
  private readonly outbox = new Outbox();
  private readonly letters: LetterBox;
  private readonly counters = new TaskCounters();
  private stores = new Map<string, Store>();
  private checkpointer: Checkpointer<TaskMeta>;
  private committedMeta: TaskMeta | null = null;
  private committedPositions: number[] = [];
  private pipeline!: Pipeline;
  private producer!: TransactionalProducer;
  private lastCommitMs: number;
  private closedSinceCommit = false;
  private promisedMs = Number.NEGATIVE_INFINITY;
  private readonly teller: CommitTeller;
  private seen: readonly InputStatus[] = [];
  /** Not open yet; or the transaction was asked to commit and has not answered, or not aborted. */
  private mustReopen = true;
  state: TaskState = "CREATED";

  constructor(
    config: RuntimeConfig,
    subTopology: SubTopology,
    partition: number,
    topicPartitions: ReadonlyMap<string, number>,
    upstreamTasks: (topic: string) => readonly string[],
  ) {
    this.id = `${subTopology.id}_${partition}`;
    this.config = config;
    this.subTopology = subTopology;
    this.partition = partition;
    this.topicPartitions = topicPartitions;
    this.inputs = inputsOf(subTopology, partition, upstreamTasks);
    this.teller = new CommitTeller(this.id, config.clock, (event) => config.onEvent?.(event));
    this.tracker = new SliceTracker(this.inputs, config.sliceMemoryMs);
    const { deadLetters: to } = config.topology;
    this.letters = new LetterBox(to, partition, topicPartitions.get(to?.topic ?? "") ?? 0);
    this.checkpointer = this.newCheckpointer();
    this.lastCommitMs = config.clock.nowMs();
  }

  private newCheckpointer(): Checkpointer<TaskMeta> {
    const { applicationId, generation, checkpoints } = this.config;
    return new Checkpointer(checkpoints, taskFolder(applicationId, generation, this.id), this.id);
  }

  private setState(to: TaskState): void {
    const from = this.state;
    this.state = transition(this.id, from, to);
    this.config.onEvent?.({ kind: "task-state", task: this.id, from, to });
  }

  private get group(): string {
    return groupOf(this.config.applicationId, this.config.generation);
  }

  /**
   * Takes the task over. The order matters: the former owner is fenced before positions are read,
   * or it could still move them; state follows the positions, since they name it.
   */
  async open(): Promise<void> {
    if (this.state !== "RESTORING") this.setState("RESTORING");
    const { log, applicationId, generation } = this.config;
    this.producer = await log.producer(producerOf(applicationId, generation, this.id));
    const committed = await log.committed(this.group, this.inputs);
    const ids = this.inputs.map((input) => committed.get(partitionName(input))?.metadata);
    this.resetStores();
    if (ids.every((id) => id === undefined)) await this.startFromNothing();
    else await this.restore(agreedCheckpoint(this.id, this.group, ids));
    for (const input of this.inputs) {
      this.seek(input, committed.get(partitionName(input))?.offset ?? input.position);
    }
    this.committedPositions = this.inputs.map((input) => input.position);
    this.openPipeline();
    this.mustReopen = false;
    this.setState("RUNNING");
  }

  private seek(input: TaskInput, position: number): void {
    input.position = position;
    input.head = null;
    input.work.clear();
  }

  private async startFromNothing(): Promise<void> {
    await mustBeCurrent(this.config);
    if (await this.checkpointer.exists()) {
      const { size } = await this.config.log.committed(this.group, this.inputs);
      throw size > 0 ? begunByAnother(this.id, this.group) : offsetsAreGone(this.id, this.group);
    }
    this.loadMeta(null);
    for (const input of this.inputs) input.position = (await this.config.log.bounds(input)).start;
    // Before there is any checkpoint: if the first commit is interrupted, one without offsets would
    // be left behind, and look as if they had expired.
    await this.producer.sendOffsets(this.group, offsetsOf(this.inputs, NO_CHECKPOINT));
    await this.producer.commit();
  }

  private async restore(id: string): Promise<void> {
    this.checkpointer = this.newCheckpointer();
    if (id === NO_CHECKPOINT) this.loadMeta(null);
    else this.loadMeta(await this.checkpointer.restore(id, [...this.stores.values()]));
    this.teller.found(id);
  }

  private resetStores(): void {
    for (const store of this.stores.values()) store.close();
    const spill = (store: string) => this.config.openSpill(`${this.id}-${store}`);
    this.stores = openStores(this.subTopology, spill);
  }

  private loadMeta(meta: TaskMeta | null): void {
    this.committedMeta = meta;
    this.counters.load(meta?.counters ?? {});
    this.outbox.load(meta?.sent ?? {});
    this.tracker.load(meta?.tracker ?? null);
    this.promisedMs = this.tracker.promisedMs;
  }

  private openPipeline(): void {
    this.pipeline?.dispose();
    this.pipeline = new Pipeline(this.subTopology, {
      context: (node, closes) => this.operatorContext(node.stores, closes),
      emit: (sink, batch) => this.emit(sink, batch),
    });
  }

  private operatorContext(
    storeNames: readonly string[],
    closes: OperatorContext["closes"],
  ): OperatorContext {
    return {
      task: this.id,
      partition: this.partition,
      generation: this.config.generation,
      stateSince: this.config.stateSince ?? 1,
      clock: this.config.clock,
      slices: this.tracker,
      closes,
      store: <S extends Store>(name: string): S => {
        if (!storeNames.includes(name)) throw new TypeError(`store ${name} is not declared here`);
        return this.stores.get(name) as unknown as S;
      },
      partitions: (topic) => this.topicPartitions.get(topic) ?? 0,
      deadLetter: (letter) => this.letters.add(letter),
      count: (counter, by) => this.counters.count(counter, by),
    };
  }

  private emit(sink: SinkNode, batch: Batch<unknown>): void {
    for (const records of sink.serialize(batch, this.topicPartitions.get(sink.topic) ?? 1)) {
      this.outbox.add(sink.topic, records);
    }
  }

  /** Processes the next batch there is; false when every input is at its end. */
  async step(): Promise<boolean> {
    const { log, fetchBytesMax, clock } = this.config;
    for (const input of this.inputs) {
      input.head ??= await log.read(input, input.position, fetchBytesMax);
      if (input.head === null) this.tracker.idle(input, clock.nowMs());
    }
    const input = oldest(this.inputs);
    if (input === null) {
      this.runCloses();
      return false;
    }
    const records = input.head!;
    input.head = null;
    this.process(input, records);
    return true;
  }

  private process(input: TaskInput, records: RecordBatch): void {
    const timesMs = records.length > 0 ? this.pipeline.push(records) : null;
    input.work.take(records, timesMs?.[0], this.tracker.streamTimeMs);
    if (timesMs !== null) {
      this.tracker.rows(input, timesMs, this.config.clock.nowMs());
      this.sendLetters();
    }
    input.position = records.nextOffset;
    if (records.control !== null) this.tracker.end(input, records.control);
    this.runCloses();
  }

  private runCloses(): void {
    for (const close of this.tracker.closes()) this.closeSlice(close);
    const { promisedMs } = this.tracker;
    if (promisedMs === this.promisedMs || promisedMs === Number.NEGATIVE_INFINITY) return;
    this.promisedMs = promisedMs;
    this.sendEnds({ sliceMs: promisedMs, attempt: WATERMARK, missing: [] });
  }

  private closeSlice(close: SliceClose): void {
    const startMs = this.config.clock.nowMs();
    this.outbox.trace = traceOfClose(this.id, this.config.generation, close);
    this.pipeline.close(close);
    this.sendEnds(close);
    this.outbox.trace = {};
    this.closedSinceCommit = true;
    this.config.onEvent?.({ kind: "slice-closed", task: this.id, startMs, ...close });
  }

  private sendEnds({ sliceMs, attempt, missing }: Omit<SliceClose, "streamTimeMs">): void {
    const end = { sliceMs, attempt, from: this.id, missing };
    for (const at of endedBy(this.subTopology, this)) this.outbox.end(at, end);
    this.letters.end(this.outbox, end);
  }

  private sendLetters(): void {
    const sent = this.letters.send(this.outbox, this.config.clock);
    for (const [what, count] of Object.entries(sent)) {
      this.counters.count("dead-letters", count);
      this.counters.count(`dead-letters.${what}`, count);
    }
  }

  /** Whether there is anything to commit. */
  get isDirty(): boolean {
    return (
      !this.outbox.isEmpty ||
      this.inputs.some((i, at) => i.position !== this.committedPositions[at])
    );
  }

  get wantsCommit(): boolean {
    if (!this.isDirty) return false;
    const { closedMs, intervalMs, outputBytesMax } = this.config.commit;
    const sinceMs = this.config.clock.nowMs() - this.lastCommitMs;
    return (
      this.outbox.bytes >= outputBytesMax ||
      sinceMs >= intervalMs ||
      (this.closedSinceCommit && sinceMs >= closedMs)
    );
  }

  /**
   * The one commit. First the blocks and the manifest, which nothing refers to yet; then, in one
   * transaction of the log, the output, and the positions of all inputs with the manifest's id.
   * Until that transaction is through nothing has happened; from then on everything has.
   */
  async commit(): Promise<void> {
    if (!this.isDirty) return;
    assert(!this.mustReopen, `task ${this.id} commits, and is not what its last commit says`);
    const startMs = this.config.clock.nowMs();
    const meta: TaskMeta = {
      tracker: this.tracker.save(),
      counters: { ...this.counters.totals },
      sent: this.outbox.save(),
    };
    const stores = [...this.stores.values()];
    const id = await this.checkpointer.cut(stores, meta);
    const checkpointMs = this.config.clock.nowMs() - startMs;
    this.teller.begun();
    await this.outbox.send(this.producer);
    await this.producer.sendOffsets(this.group, offsetsOf(this.inputs, id));
    this.mustReopen = true;
    this.teller.asked({
      ...{ id, startMs, checkpointMs, checkpointBytes: this.checkpointer.cutBytes },
      counted: this.counters.counted,
      inputs: Object.fromEntries(this.inputs.map(({ node, work }) => [node, work.done])),
    });
    await this.producer.commit();
    this.mustReopen = false;
    this.teller.committed();
    for (const store of stores) store.committed();
    this.outbox.clear();
    this.committedMeta = meta;
    this.committedPositions = this.inputs.map((input) => input.position);
    for (const { work } of this.inputs) work.committed();
    this.counters.committed();
    this.lastCommitMs = this.config.clock.nowMs();
    this.closedSinceCommit = false;
    await this.checkpointer.committed();
  }

  /**
   * After a failed commit; may be called again if it fails itself. As long as the transaction was not
   * asked to commit it is certain that nothing has happened, and everything since the last commit is
   * undone in memory. Afterwards only the log knows: the task is taken over anew, and the committed
   * offsets tell.
   */
  async recover(cause: unknown): Promise<void> {
    this.teller.failed();
    if (cause instanceof TaskMigratedError) throw cause;
    this.checkpointer.aborted();
    this.letters.clear();
    this.closedSinceCommit = false;
    if (!this.mustReopen) {
      await this.producer.abort().catch((error: unknown) => {
        if (!(error instanceof RetriableError)) throw error;
        this.mustReopen = true;
      });
    }
    if (this.mustReopen) return await this.open();
    for (const store of this.stores.values()) store.rollback();
    this.loadMeta(this.committedMeta);
    for (const [at, input] of this.inputs.entries()) this.seek(input, this.committedPositions[at]!);
    this.openPipeline();
  }

  get sliceMs(): number | null {
    return newestOf(this.inputs.map(({ work }) => work.sliceMs));
  }

  /** Records of the inputs that have not been processed yet. */
  async lag(): Promise<number> {
    return await lagOf(this.config.log, this.inputs);
  }

  /** Counters of the committed and the running work. */
  get counts(): Readonly<Record<string, number>> {
    return this.counters.totals;
  }

  get streamTimeMs(): number {
    return this.tracker.streamTimeMs;
  }

  /** What a savepoint is made of; the task has to be at its last commit. */
  get committed(): CommittedTask {
    const checkpoint = this.checkpointer.committedId ?? NO_CHECKPOINT;
    return {
      task: this.id,
      offsets: offsetsOf(this.inputs, checkpoint),
      checkpoint,
      openSlices: this.tracker.openSlices(),
    };
  }

  async look(): Promise<void> {
    const { log, fetchBytesMax: bytesMax } = this.config;
    this.seen = await Promise.all(
      this.inputs.map((input) => lookAt(log, input, { bytesMax, slices: this.tracker.of(input) })),
    );
  }

  get status(): RunnerStatus {
    return {
      id: this.id,
      isTable: false,
      state: this.state,
      inputs: this.seen,
      streamTimeMs: sliceOrNull(this.streamTimeMs),
      stores: this.storeList.map(storeStatus),
      counts: { ...this.counts },
      restoreLeftBytes: this.checkpointer.restoreLeftBytes,
      files: null,
    };
  }

  get storeList(): readonly Store[] {
    return [...this.stores.values()];
  }

  /** Leaves without committing; what was not committed is done again by the next owner. */
  close(): void {
    this.pipeline?.dispose();
    for (const store of this.stores.values()) store.close();
    if (this.state !== "CLOSED") this.setState("CLOSED");
  }
}
