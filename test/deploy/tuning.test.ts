import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type GivenToReplicas, proposals, type SeenReplicas } from "../../src/deploy/tuning.ts";

const MIB = 1 << 20;
const DAY_MS = 24 * 3_600_000;

const given: GivenToReplicas = {
  ...{ replicas: 4, threads: 1, processors: 2, workers: 6 },
  ...{ memoryBytes: 2048 * MIB, stateMemoryBytes: 256 * MIB, retentionMs: 8 * DAY_MS },
};

/** Replicas which have what they need, and not much more. */
const seen: SeenReplicas = {
  ...{ days: 9, replicas: 4, partitions: 12, lagSeconds: 20, lagSecondsMax: 200 },
  ...{ processors: 0.9, threadProcessors: 0.6, garbageShare: 0.01, memoryBytesMax: 1400 * MIB },
  ...{ stateBytesMax: 900 * MIB, residentBytesMax: 900 * MIB },
  ...{ tooLateShare: 0, waitedSeconds: 4 * 86_400 },
};

/** What is proposed for each setting. */
const proposed = (change: Partial<SeenReplicas>, set: Partial<GivenToReplicas> = {}) =>
  Object.fromEntries(
    proposals({ ...seen, ...change }, { ...given, ...set }).map((each) => [
      each.setting,
      each.proposed,
    ]),
  );

const REPLICAS = "silver: deploy.replicas";
const MEMORY = "silver: deploy.resources.limits.memory";

describe("tuning", () => {
  test("proposes nothing where all fits", () => assert.deepEqual(proposed({}), {}));

  test("wants more replicas where they are busy and lag, as many as there are workers and partitions", () => {
    const busy = { processors: 1.8, lagSeconds: 600, lagSecondsMax: 900 };
    assert.deepEqual(proposed(busy), { [REPLICAS]: "6" });
    assert.deepEqual(proposed(busy, { workers: 20 }), { [REPLICAS]: "8" });
    assert.deepEqual(proposed({ ...busy, partitions: 5 }, { workers: 20 }), { [REPLICAS]: "5" });
    assert.deepEqual(proposed(busy, { workers: 4 }), {});
    assert.deepEqual(proposed({ processors: 1.8 }), {}, "busy, and nothing waits");
    assert.deepEqual(proposed({ lagSeconds: 600 }), {}, "something else holds them up");
  });

  test("wants fewer where they have nothing to do, and never one alone", () => {
    assert.deepEqual(proposed({ processors: 0.35 }), { [REPLICAS]: "2" });
    assert.deepEqual(proposed({ processors: 0.35 }, { replicas: 8 }), { [REPLICAS]: "3" });
    assert.deepEqual(proposed({ processors: 0.01 }, { replicas: 2 }), {});
    assert.deepEqual(proposed({ processors: 0.35, lagSecondsMax: 400 }), {}, "it was needed once");
  });

  test("wants another thread where one is all that is busy, and partitions are there for it", () => {
    const one = { threadProcessors: 0.9, processors: 0.95 };
    assert.deepEqual(proposed(one), { "num.stream.threads": "2" });
    assert.deepEqual(proposed({ ...one, processors: 1.4 }), {}, "no processor is free");
    assert.deepEqual(proposed({ ...one, partitions: 4 }), {}, "one partition each");
  });

  test("keeps the limit of memory a third above the most that was seen", () => {
    assert.deepEqual(proposed({ memoryBytesMax: 1800 * MIB }), { [MEMORY]: "2560M" });
    assert.deepEqual(proposed({ memoryBytesMax: 700 * MIB }), { [MEMORY]: "1024M" });
  });

  test("gives memory to who stands still for garbage", () => {
    assert.deepEqual(proposed({ garbageShare: 0.08 }), { [MEMORY]: "2560M" });
  });

  test("takes state into memory where it is read from the disk, it lags, and memory is there", () => {
    const spilled = { residentBytesMax: 300 * MIB, stateBytesMax: 1600 * MIB, lagSeconds: 400 };
    const name = "state.memory.max.mb";
    assert.deepEqual(proposed(spilled, { memoryBytes: 2600 * MIB }), { [name]: "448" });
    assert.deepEqual(proposed({ ...spilled, memoryBytesMax: 1560 * MIB }), {}, "no memory is left");
    assert.deepEqual(proposed({ ...spilled, lagSeconds: 10 }, { memoryBytes: 2600 * MIB }), {});
  });

  test("lengthens a retention that mentions have come after, and shortens one that none needed", () => {
    const name = "silver.event.retention";
    assert.deepEqual(proposed({ tooLateShare: 0.01 }), { [name]: "384h" });
    assert.deepEqual(proposed({ waitedSeconds: 36 * 3600 }), { [name]: "72h" });
    assert.deepEqual(proposed({ waitedSeconds: 60 }), { [name]: "24h" });
    assert.deepEqual(
      proposed({ waitedSeconds: 60, days: 3 }),
      {},
      "it has not been watched for so long",
    );
    assert.deepEqual(proposed({ waitedSeconds: null }), {});
  });

  test("says what was seen", () => {
    const [proposal] = proposals({ ...seen, garbageShare: 0.08 }, given);
    assert.match(proposal!.reason, /8\.0 % of the time/);
    assert.equal(proposal!.is, "2048M");
  });
});
