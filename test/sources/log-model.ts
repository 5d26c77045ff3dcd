import assert from "node:assert/strict";
import fc from "fast-check";
import { TaskMigratedError } from "../../src/record/errors.ts";
import type { Committed, Log, TransactionalProducer } from "../../src/runtime/ports.ts";
import { plain, toPlain, toRecords } from "./log-records.ts";

const ids = ["p", "q"] as const;
const partitions = [0, 1, 2];

type Step =
  | { readonly kind: "send"; readonly slot: number; readonly partition: number; rows: number }
  | { readonly kind: "offsets"; readonly slot: number; readonly partition: number }
  | { readonly kind: "commit" | "abort" | "fence"; readonly slot: number };

const slot = fc.nat({ max: ids.length - 1 });
const partition = fc.constantFrom(...partitions);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("send" as const), slot, partition, rows: fc.nat({ max: 4 }) }),
  fc.record({ kind: fc.constant("offsets" as const), slot, partition }),
  fc.record({ kind: fc.constantFrom("commit", "abort", "fence"), slot }),
);

/** What two logs may do differently. */
export interface LogTraits {
  /**
   * `at-commit`: rows lie in the order of commits, without gaps. `at-send`: in the order in which
   * they were sent; the end of a transaction, and what was aborted, take up offsets too, and nothing
   * is seen past the first row of a transaction that is still open. And of the positions that two
   * producers have committed for one partition the one that was sent last stands.
   */
  readonly givesOffsets: "at-commit" | "at-send";
}

/** What lies at an offset: a row, or the mark that ended a transaction. */
interface Entry {
  readonly value: string | null;
  readonly transaction: ModelTransaction;
}

/** The log as a person would write it down. */
class LogModel {
  readonly entries: Entry[][] = partitions.map(() => []);
  readonly positions = new Map<string, Committed>();

  /** The end that a reader sees, and the rows before it. */
  seen(partition: number): { end: number; values: string[] } {
    const all = this.entries[partition]!;
    const open = all.findIndex(({ transaction }) => transaction.state === "open");
    const end = open === -1 ? all.length : open;
    const committed = all.slice(0, end).filter((entry) => entry.transaction.state === "committed");
    return { end, values: committed.flatMap(({ value }) => value ?? []) };
  }
}

class ModelTransaction {
  readonly model: LogModel;
  readonly traits: LogTraits;
  readonly rows: { partition: number; value: string }[] = [];
  readonly positions = new Map<string, Committed>();
  state: "open" | "committed" | "aborted" = "open";

  constructor(model: LogModel, traits: LogTraits) {
    this.model = model;
    this.traits = traits;
  }

  send(partition: number, values: readonly string[]): void {
    this.rows.push(...values.map((value) => ({ partition, value })));
    if (this.traits.givesOffsets === "at-send") this.append(partition, values);
  }

  end(state: "committed" | "aborted"): void {
    this.state = state;
    if (this.traits.givesOffsets === "at-send") {
      for (const partition of new Set(this.rows.map((row) => row.partition))) {
        this.append(partition, [null]);
      }
    } else if (state === "committed") {
      for (const { partition, value } of this.rows) this.append(partition, [value]);
    }
    if (state === "aborted") return;
    for (const [name, position] of this.positions) {
      // The offset is the number of the step in which it was sent.
      const { offset } = this.model.positions.get(name) ?? { offset: -1 };
      const isLater = this.traits.givesOffsets === "at-commit" || position.offset > offset;
      if (isLater) this.model.positions.set(name, position);
    }
  }

  private append(partition: number, values: readonly (string | null)[]): void {
    const entries = values.map((value) => ({ value, transaction: this }));
    this.model.entries[partition]!.push(...entries);
  }
}

/** Any sequence of calls leaves the log holding what the model holds, after every call. */
export function logModelProperty(
  open: () => Promise<{ log: Log; dispose: () => Promise<void> }>,
  traits: LogTraits,
) {
  return fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const { log, dispose } = await open();
    try {
      await log.createTopics([{ name: "t", partitions: 3, retention: "forever" }]);
      await follow(log, steps, traits);
    } finally {
      await dispose();
    }
  });
}

async function follow(log: Log, steps: readonly Step[], traits: LogTraits): Promise<void> {
  const model = new LogModel();
  const producers: TransactionalProducer[] = [];
  for (const id of ids) producers.push(await log.producer(id));
  const open = ids.map(() => new ModelTransaction(model, traits));
  for (const [i, step] of steps.entries()) {
    const producer = producers[step.slot]!;
    const transaction = open[step.slot]!;
    if (step.kind === "send") {
      const values = Array.from({ length: step.rows }, (_, row) => `${i}.${row}`);
      await producer.send(toRecords("t", step.partition, plain(...values)));
      transaction.send(step.partition, values);
    } else if (step.kind === "offsets") {
      const at = { topic: "t", partition: step.partition, offset: i, metadata: `m${i}` };
      await producer.sendOffsets("g", [at]);
      transaction.positions.set(`t-${step.partition}`, { offset: i, metadata: `m${i}` });
    } else {
      transaction.end(step.kind === "commit" ? "committed" : "aborted");
      if (step.kind === "fence") {
        producers[step.slot] = await log.producer(ids[step.slot]!);
        await assert.rejects(producer.commit(), TaskMigratedError);
      } else await producer[step.kind]();
      open[step.slot] = new ModelTransaction(model, traits);
    }
    await compare(log, model);
  }
}

async function compare(log: Log, model: LogModel): Promise<void> {
  const all = partitions.map((partition) => ({ topic: "t", partition }));
  assert.deepEqual(await log.committed("g", all), model.positions);
  for (const at of all) {
    const { end, values: expected } = model.seen(at.partition);
    assert.deepEqual(await log.bounds(at), { start: 0, end });
    const read: string[] = [];
    for (let batch = await log.read(at, 0, 30); batch; ) {
      read.push(...toPlain(batch).rows.map(({ value }) => value));
      batch = await log.read(at, batch.nextOffset, 30);
    }
    assert.deepEqual(read, expected);
  }
}
