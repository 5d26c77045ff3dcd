import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Log, OffsetCommit, TransactionalProducer } from "../../src/runtime/ports.ts";
import { forwarding } from "../ingest/published.ts";
import { checkSimulation, inOrderSimulation, shared, small } from "./simulate.ts";
import type { Sabotage } from "./world.ts";

/** Runs within which each of these has to be found. */
const RUNS_MAX = 60;
const SMALL_RUNS_MAX = 600;

const withProducers = (
  log: Log,
  change: (producer: TransactionalProducer, id: string) => Promise<TransactionalProducer>,
): Log => ({ ...forwarding(log), producer: async (id) => change(await log.producer(id), id) });

/** Each makes one promise of the runtime a lie, as a wrong order of its calls would. */
const BUGS: Readonly<Record<string, () => Sabotage>> = {
  "offsets are committed before the output": () => ({
    log: (log) =>
      withProducers(log, async (producer, id) => ({
        ...bound(producer),
        sendOffsets: async (group, offsets) => {
          const own = await log.producer(`${id}-offsets`);
          await own.sendOffsets(group, offsets);
          await own.commit();
        },
      })),
  }),
  "the output is committed before the offsets": () => ({
    log: (log) =>
      withProducers(log, async (producer) => ({
        ...bound(producer),
        sendOffsets: async (group, offsets) => {
          await producer.commit();
          await producer.sendOffsets(group, offsets);
        },
      })),
  }),
  "the offsets name the checkpoint before": () => {
    const before = new Map<string, string>();
    const older = (offset: OffsetCommit): OffsetCommit => {
      const name = `${offset.topic}-${offset.partition}`;
      const metadata = before.get(name) ?? offset.metadata;
      before.set(name, offset.metadata);
      return { ...offset, metadata };
    };
    return {
      log: (log) =>
        withProducers(log, async (producer) => ({
          ...bound(producer),
          sendOffsets: (group, offsets) => producer.sendOffsets(group, offsets.map(older)),
        })),
    };
  },
  "a former owner is not fenced": () => {
    let owners = 0;
    return {
      log: (log) => ({ ...forwarding(log), producer: (id) => log.producer(`${id}-${owners++}`) }),
    };
  },
  "a put is lost": () => {
    let puts = 0;
    return {
      checkpoints: (store) => ({
        get: (path) => store.get(path),
        put: async (path, bytes) => {
          if (++puts % 5 !== 0 || path.includes("manifests")) await store.put(path, bytes);
        },
        putIfAbsent: (path, bytes) => store.putIfAbsent(path, bytes),
        list: (prefix) => store.list(prefix),
        delete: (path) => store.delete(path),
      }),
    };
  },
};

/** Blocks are read again to be merged, in long runs. */
const SHOWS_BY_ITSELF = new Set(["a put is lost"]);

const bound = (producer: TransactionalProducer): TransactionalProducer => ({
  send: (records) => producer.send(records),
  sendOffsets: (group, offsets) => producer.sendOffsets(group, offsets),
  commit: () => producer.commit(),
  abort: () => producer.abort(),
});

describe("the simulation finds a planted bug", () => {
  for (const [name, plant] of Object.entries(BUGS)) {
    test(`${name}, by replicas`, async () => {
      const property = fc.asyncProperty(small(shared(inOrderSimulation)), async (what) => {
        await checkSimulation(what, { sabotage: plant() });
      });
      const runs = { seed: 1, numRuns: SMALL_RUNS_MAX, endOnFailure: true };
      assert((await fc.check(property, runs)).failed, `not found within ${SMALL_RUNS_MAX} runs`);
    });
    test(name, async () => {
      const property = fc.asyncProperty(inOrderSimulation, async (what) => {
        await checkSimulation(what, { sabotage: plant() });
      });
      const found = await fc.check(property, { seed: 1, numRuns: RUNS_MAX, endOnFailure: true });
      assert(found.failed, `not found within ${RUNS_MAX} runs`);
      if (SHOWS_BY_ITSELF.has(name)) return;
      // It is the faults that bring it to light: without any, all is well.
      const [{ scenario, run }] = found.counterexample!;
      await checkSimulation({ scenario, run: { ...run, faults: [] } }, { sabotage: plant() });
    });
  }
});
