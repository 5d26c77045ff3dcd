import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Subject, type Subscription, tap } from "rxjs";
import { type Batch, byteColumn, type Rows, valueBatch } from "../../src/operators/batch.ts";
import type {
  DeadLetter,
  JoinOperator,
  Operator,
  OperatorContext,
  SliceClose,
} from "../../src/operators/operator.ts";
import { END_OF_STREAM } from "../../src/record/slice-end.ts";
import { KeyValueStore } from "../../src/state/key-value-store.ts";
import { noSpill, SpillFolder } from "../../src/state/spill.ts";
import type { Section, Store } from "../../src/state/store.ts";
import { WindowStore } from "../../src/state/window-store.ts";
import type { StoreSpec } from "../../src/topology/topology.ts";

/** A row as tests write one. */
export interface Row<V> {
  readonly key?: string;
  readonly value: V;
  readonly at: number;
}

/** Rows as one batch; without keys when no row has one. */
export function batchOf<V>(rows: readonly Row<V>[]): Batch<Rows<V>> {
  const keyed = rows.some(({ key }) => key !== undefined);
  return valueBatch(
    rows.map(({ value }) => value),
    {
      partition: 0,
      keys: keyed ? byteColumn(rows.map(({ key }) => Buffer.from(key ?? ""))) : null,
      timestampsMs: Float64Array.from(rows, ({ at }) => at),
    },
  );
}

export function rowsOf<V>(batch: Batch<Rows<V>>): Row<V>[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const { keys } = batch;
    const key = keys && Buffer.from(keys.bytes.subarray(keys.starts[row], keys.ends[row]));
    return {
      ...(key && { key: key.toString("utf8") }),
      value: batch.rows.at(row),
      at: batch.timestampsMs[row]!,
    };
  });
}

interface Saved {
  readonly streamTimeMs: number;
  readonly startMs: number;
  readonly counters: Readonly<Record<string, number>>;
}

const BEGINNING: Saved = {
  streamTimeMs: Number.NEGATIVE_INFINITY,
  startMs: Number.POSITIVE_INFINITY,
  counters: {},
};

/**
 * Runs one operator as a task would: synchronously, over real stores that are cut, committed, rolled
 * back and restored. What an operator throws is what `push` or `close` throws.
 */
export class OperatorHarness<In, Out> {
  private readonly operator: JoinOperator<In, Out>;
  private readonly sides: readonly (keyof In & string)[];
  private readonly specs: readonly StoreSpec[];
  private readonly folder: string | null;
  readonly stores = new Map<string, Store>();
  private inputs!: { readonly [S in keyof In]: Subject<Batch<In[S]>> };
  private closes!: Subject<SliceClose>;
  private subscription!: Subscription;
  private emitted: Batch<Out>[] = [];
  private failure: { readonly cause: unknown } | null = null;
  private completed = false;
  private saved = BEGINNING;
  private slices: Omit<Saved, "counters"> = BEGINNING;
  private readonly sections: Section[] = [];
  private live = new Map<string, Set<number>>();
  counters: Record<string, number> = {};
  letters: DeadLetter[] = [];

  /** `spill: true` puts every window store on disk at each commit. */
  constructor(
    operator: JoinOperator<In, Out>,
    sides: readonly (keyof In & string)[],
    specs: readonly StoreSpec[] = [],
    { spill = false } = {},
  ) {
    this.operator = operator;
    this.sides = sides;
    this.specs = specs;
    this.folder = spill ? fs.mkdtempSync(path.join(os.tmpdir(), "operator-")) : null;
    this.openStores();
    this.open();
  }

  private openStores(): void {
    for (const store of this.stores.values()) store.close();
    for (const spec of this.specs) {
      if (spec.kind === "key-value") {
        this.stores.set(spec.name, new KeyValueStore(spec));
        continue;
      }
      const { folder } = this;
      const limits = { residentBytesMax: 0, cacheBytesMax: 100_000 };
      const spill = folder === null ? noSpill : new SpillFolder(folder, limits).open(spec.name);
      this.stores.set(spec.name, new WindowStore(spec, spill));
    }
  }

  private open(): void {
    this.subscription?.unsubscribe();
    this.slices = this.saved;
    this.counters = { ...this.saved.counters };
    this.emitted = [];
    this.letters = [];
    this.closes = new Subject();
    this.inputs = Object.fromEntries(
      this.sides.map((side) => [side, new Subject()]),
    ) as unknown as typeof this.inputs;
    this.subscription = this.operator(this.context())(this.inputs)
      .pipe(tap((batch) => this.emitted.push(batch)))
      .subscribe({
        error: (cause: unknown) => {
          this.failure = { cause };
        },
        complete: () => {
          this.completed = true;
        },
      });
  }

  private context(): OperatorContext {
    const slices = () => this.slices;
    return {
      task: "0_0",
      partition: 0,
      generation: 1,
      stateSince: 1,
      clock: { nowMs: () => 0 },
      slices: {
        get streamTimeMs() {
          return slices().streamTimeMs;
        },
        get startMs() {
          return slices().startMs;
        },
        isClosed: (sliceMs) => sliceMs <= slices().streamTimeMs,
      },
      closes: this.closes,
      store: <S extends Store>(name: string) => this.stores.get(name) as unknown as S,
      partitions: () => 1,
      deadLetter: (letter) => this.letters.push(letter),
      count: (counter, by) => {
        this.counters[counter] = (this.counters[counter] ?? 0) + by;
      },
    };
  }

  /** Batches emitted since the last call. */
  take(): Batch<Out>[] {
    const { emitted } = this;
    this.emitted = [];
    return emitted;
  }

  private run(act: () => void): Batch<Out>[] {
    act();
    if (this.failure !== null) throw this.failure.cause;
    return this.take();
  }

  push<S extends keyof In & string>(side: S, batch: Batch<In[S]>): Batch<Out>[] {
    return this.run(() => this.inputs[side].next(batch));
  }

  /** Closes a slice. The stream time has moved on before the operator hears of it, as in a task. */
  close(sliceMs: number, attempt = 1, missing: readonly string[] = []): Batch<Out>[] {
    const streamTimeMs = this.advance(sliceMs);
    return this.run(() => this.closes.next({ sliceMs, attempt, missing, streamTimeMs }));
  }

  /** Moves the stream time on: a step upstream may `push` at a close before the operator's own. */
  advance(sliceMs: number): number {
    const streamTimeMs = Math.max(sliceMs, this.slices.streamTimeMs);
    this.slices = { streamTimeMs, startMs: Math.min(sliceMs, this.slices.startMs) };
    return streamTimeMs;
  }

  end(): Batch<Out>[] {
    return this.close(END_OF_STREAM);
  }

  /** Completes the inputs and the closes; whether the operator completes. */
  complete(): boolean {
    for (const side of this.sides) this.inputs[side].complete();
    this.closes.complete();
    return this.completed;
  }

  commit(): void {
    for (const [name, store] of this.stores) {
      for (const section of store.cut()) {
        this.sections.push({ ...section, bytes: new Uint8Array(section.bytes) });
      }
      this.live.set(name, new Set(store.live().map(({ segment }) => segment)));
    }
    for (const store of this.stores.values()) store.committed();
    this.saved = { ...this.slices, counters: { ...this.counters } };
  }

  /** After a failed commit: stores go back, the operator is made anew. */
  rollback(): void {
    for (const store of this.stores.values()) store.rollback();
    this.failure = null;
    this.open();
  }

  /** In another process: stores are filled from the checkpoint. */
  restart(): void {
    this.openStores();
    for (const section of this.sections) {
      if (!this.live.get(section.store)?.has(section.segment)) continue;
      this.stores.get(section.store)!.restore(section);
    }
    for (const store of this.stores.values()) store.committed();
    this.failure = null;
    this.open();
  }

  dispose(): void {
    this.subscription.unsubscribe();
    for (const store of this.stores.values()) store.close();
    if (this.folder !== null) fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A step with one input, whose side is `input`. */
export function openOperator<A, B>(
  operator: Operator<A, B>,
  specs: readonly StoreSpec[] = [],
  options: { spill?: boolean } = {},
): OperatorHarness<{ input: A }, B> {
  const join: JoinOperator<{ input: A }, B> =
    (context) =>
    ({ input }) =>
      input.pipe(operator(context));
  return new OperatorHarness(join, ["input"], specs, options);
}
