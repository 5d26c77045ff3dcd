import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregate } from "../../src/operators/aggregate.ts";
import { jsonSerde, utf8Serde } from "../../src/operators/serde.ts";
import { suppress } from "../../src/operators/suppress.ts";
import type { KeyValueStore } from "../../src/state/key-value-store.ts";
import type { CommitStep } from "../../src/testing/topology-test-driver.ts";
import { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";
import type { Completeness, Topology } from "../../src/topology/topology.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import {
  keyedSerializer,
  valueDeserializer,
  valueSerializer,
} from "../../src/topology/value-serdes.ts";

const SLICE_MS = 1000;

/** Counts words by key, through a repartition, and says each count when its slice closes. */
function countWords(completeness: Completeness): Topology {
  const builder = new TopologyBuilder()
    .store({ kind: "key-value", name: "counts" })
    .store({ kind: "window", name: "held", segmentMs: SLICE_MS });
  builder
    .source("words", {
      topic: "words",
      deserialize: valueDeserializer(utf8Serde),
      completeness,
    })
    .repartition("by-word", {
      topic: "words-repartition",
      serialize: keyedSerializer(utf8Serde),
      deserialize: valueDeserializer(utf8Serde),
    })
    .via(
      "count",
      aggregate({
        store: "counts",
        serde: jsonSerde<number>(),
        initial: () => 0,
        add: (_key, _word: string, count: number) => count + 1,
      }),
      ["counts"],
    )
    .via("at-close", suppress({ store: "held", serde: jsonSerde<number>(), until: "close" }), [
      "held",
    ])
    .to("counted", { topic: "counted", serialize: valueSerializer(jsonSerde<number>()) });
  builder.table("counted-table", "counted");
  return builder.build();
}

const MARKED = countWords({ markers: ["words"] });
const words = (timestampMs: number, ...keys: string[]) =>
  keys.map((key) => ({ key, value: key, timestampMs }));

async function counted(driver: TopologyTestDriver): Promise<string[]> {
  const records = await driver.read("counted");
  return records
    .map(({ key, value }) => `${Buffer.from(key!).toString()} ${Buffer.from(value).toString()}`)
    .sort();
}

const open = (topology = MARKED) =>
  TopologyTestDriver.open(topology, { partitions: 3, startMs: 50_000 });

describe("TopologyTestDriver", () => {
  test("shows output once the slice is closed, in the partition of its key", async () => {
    const driver = await open();
    await driver.pipe("words", words(10, "a", "b", "a", "c", "a"));
    await driver.run();
    assert.deepEqual(await driver.read("counted"), []);
    await driver.closeSlice(0);
    await driver.run();
    assert.deepEqual(await counted(driver), ["a 3", "b 1", "c 1"]);
    const repartitioned = await driver.read("words-repartition");
    assert.equal(repartitioned.length, 0, "what has been consumed is gone");
    assert.equal(driver.table("counted-table").length, 3);
    assert.equal(new Set((await driver.read("counted")).map((r) => r.partition)).size > 1, true);
  });

  test("gives the stores of a task, and what they hold", async () => {
    const driver = await open();
    await driver.pipe("words", words(10, "a", "a"));
    await driver.closeSlice(0);
    await driver.run();
    const held = ["1_0", "1_1", "1_2"]
      .map((task) => driver.store<KeyValueStore>(task, "counts"))
      .flatMap((store) => [...store.entriesOf()].map(([key]) => key));
    assert.deepEqual(held, ["a"]);
    assert.throws(() => driver.store("1_3", "counts"), /no store counts in task 1_3/);
  });

  for (const at of ["checkpoint", "send", "offsets", "commit-before", "commit-after"] as const) {
    test(`a commit that fails at ${at satisfies CommitStep} changes nothing in the end`, async () => {
      const driver = await open();
      await driver.pipe("words", words(10, "a", "b"));
      driver.failNextCommit({ at });
      await driver.run();
      await driver.pipe("words", words(20, "a"));
      await driver.closeSlice(0);
      driver.failNextCommit({ at });
      await driver.run();
      assert.deepEqual(await counted(driver), ["a 2", "b 1"]);
      assert.equal(driver.table("counted-table").length, 2);
    });
  }

  test("a restart goes on from what was committed", async () => {
    const driver = await open();
    await driver.pipe("words", words(10, "a"));
    await driver.run();
    await driver.restart();
    await driver.pipe("words", words(20, "a", "b"));
    await driver.restart();
    await driver.closeSlice(0);
    await driver.run();
    await driver.restart();
    await driver.run();
    assert.deepEqual(await counted(driver), ["a 2", "b 1"]);
  });

  test("an input without markers closes its slices when the clock says that it is silent", async () => {
    const idleTimeoutMs = 5000;
    const driver = await open(
      countWords({ markers: "none", sliceMs: SLICE_MS, graceMs: 0, idleTimeoutMs }),
    );
    await driver.pipe("words", words(10, "a", "b"));
    await driver.run();
    driver.advance(idleTimeoutMs - 1);
    await driver.run();
    assert.deepEqual(await counted(driver), []);
    driver.advance(1);
    await driver.run();
    assert.deepEqual(await counted(driver), ["a 1", "b 1"]);
  });

  test("a record goes to the partition that it names", async () => {
    const driver = await open();
    await driver.pipe("words", [{ key: "a", value: "a", timestampMs: 1, partition: 2 }]);
    assert.deepEqual(
      (await driver.read("words")).map(({ partition }) => partition),
      [2],
    );
    await assert.rejects(driver.pipe("nonsense", []), /no topic nonsense/);
  });
});
