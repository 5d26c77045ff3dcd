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

/** The log as a person would write it down. */
class LogModel {
  readonly values: string[][] = partitions.map(() => []);
  readonly positions = new Map<string, Committed>();
}

class ModelTransaction {
  readonly rows: { partition: number; value: string }[] = [];
  readonly positions = new Map<string, Committed>();

  commitTo(model: LogModel): void {
    for (const { partition, value } of this.rows) model.values[partition]!.push(value);
    for (const [name, position] of this.positions) model.positions.set(name, position);
  }
}

/** Any sequence of calls leaves the log holding what the model holds, after every call. */
export function logModelProperty(open: () => Promise<{ log: Log; dispose: () => Promise<void> }>) {
  return fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const { log, dispose } = await open();
    try {
      await log.createTopics([{ name: "t", partitions: 3, retention: "forever" }]);
      await follow(log, steps);
    } finally {
      await dispose();
    }
  });
}

async function follow(log: Log, steps: readonly Step[]): Promise<void> {
  const model = new LogModel();
  const producers: TransactionalProducer[] = [];
  for (const id of ids) producers.push(await log.producer(id));
  const open = ids.map(() => new ModelTransaction());
  for (const [i, step] of steps.entries()) {
    const producer = producers[step.slot]!;
    const transaction = open[step.slot]!;
    if (step.kind === "send") {
      const values = Array.from({ length: step.rows }, (_, row) => `${i}.${row}`);
      await producer.send(toRecords("t", step.partition, plain(...values)));
      transaction.rows.push(...values.map((value) => ({ partition: step.partition, value })));
    } else if (step.kind === "offsets") {
      const at = { topic: "t", partition: step.partition, offset: i, metadata: `m${i}` };
      await producer.sendOffsets("g", [at]);
      transaction.positions.set(`t-${step.partition}`, { offset: i, metadata: `m${i}` });
    } else {
      if (step.kind === "commit") transaction.commitTo(model);
      if (step.kind === "fence") {
        producers[step.slot] = await log.producer(ids[step.slot]!);
        await assert.rejects(producer.commit(), TaskMigratedError);
      } else await producer[step.kind]();
      open[step.slot] = new ModelTransaction();
    }
    await compare(log, model);
  }
}

async function compare(log: Log, model: LogModel): Promise<void> {
  const all = partitions.map((partition) => ({ topic: "t", partition }));
  assert.deepEqual(await log.committed("g", all), model.positions);
  for (const at of all) {
    const expected = model.values[at.partition]!;
    assert.deepEqual(await log.bounds(at), { start: 0, end: expected.length });
    const read: string[] = [];
    for (let batch = await log.read(at, 0, 30); batch; ) {
      read.push(...toPlain(batch).rows.map(({ value }) => value));
      batch = await log.read(at, batch.nextOffset, 30);
    }
    assert.deepEqual(read, expected);
  }
}
