import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { EVENT, MENTION } from "../../src/gdelt/columns.ts";
import { stampOf } from "../../src/gdelt/feeds.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { partitionOf } from "../../src/record/hash.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import type { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";
import { describe as describeTopology } from "../../src/topology/describe.ts";
import { rekeyedTopics } from "../../src/topology/rekeyed-topics.ts";
import { openSilver } from "./foreign-producers.ts";

const SLICE = Date.UTC(2024, 0, 1);
const PARTITIONS = 3;
const OF_OTHERS = { keyed: false, markers: "none" } as const;
const golden = fileURLToPath(new URL("../golden/silver-rekeyed.txt", import.meta.url));

function row(columns: number, values: Readonly<Record<number, string | number>>): string {
  return Array.from({ length: columns }, (_, i) => String(values[i] ?? "")).join("\t");
}

const event = (id: string) =>
  row(61, { [EVENT.GlobalEventID]: id, [EVENT.DATEADDED]: stampOf(SLICE) });
const placeOf = (key: string) => partitionOf(Buffer.from(key), 0, key.length, PARTITIONS);
const elsewhere = (key: string) => (placeOf(key) + 1) % PARTITIONS;

const columnOf = (driver: TopologyTestDriver, node: string, column: string): unknown[] =>
  driver
    .table(node)
    .flatMap(({ value }) => decodeArrow(value))
    .flatMap((batch) => [...batch.getChild(column)!]);

describe("raw topics that are keyed", () => {
  test("stop the run at a row that lies elsewhere, and say where and what to do", async () => {
    const driver = await openSilver({}, PARTITIONS);
    const partition = elsewhere("17");
    const piped = { timestampMs: SLICE, partition };
    // Refused rows may lie anywhere: whoever sent them could not read their key either.
    const values = ["no event", event("17")];
    await driver.pipe(
      "gdelt.events",
      values.map((value) => ({ ...piped, value })),
    );
    const message = new RegExp(
      `gdelt\\.events-${partition} offset 1: .*"17" .*partition ${placeOf("17")} of 3.*source.keyed: false`,
    );
    await assert.rejects(driver.run(), { name: ConfigError.name, message });
    assert.deepEqual(await driver.read("gdelt.dead-letters"), [], "nothing is committed");
    driver.close();
  });

  test("are re-keyed when nobody says when a slice is complete", () => {
    const keyed = { ...SILVER_DEFAULTS.source, markers: "none" } as const;
    const topics = rekeyedTopics(silverTopology({ ...SILVER_DEFAULTS, source: keyed }));
    assert.equal(topics.length, 3);
    assert.deepEqual(rekeyedTopics(silverTopology(SILVER_DEFAULTS)), []);
  });
});

describe("raw topics that are not keyed", () => {
  test("go through a sub-topology each, in front", (t) => {
    const source = { ...SILVER_DEFAULTS.source, ...OF_OTHERS };
    const options = { ...SILVER_DEFAULTS, source, bronze: false, mart: false };
    const topology = silverTopology(options);
    assert.deepEqual(rekeyedTopics(topology), [
      { topic: "gdelt.mentions", through: "gdelt.mentions-by-document-repartition" },
      { topic: "gdelt.gkg", through: "gdelt.gkg-by-document-repartition" },
      { topic: "gdelt.events", through: "gdelt.events-by-id-repartition" },
    ]);
    const text = describeTopology(topology);
    t.assert.fileSnapshot(text, golden, { serializers: [(value: string) => value] });
  });

  test("hold rows that meet wherever they lie, at the time of their stamps", async () => {
    const driver = await openSilver(OF_OTHERS, PARTITIONS);
    const piped = { timestampMs: 5, key: "a key of theirs" };
    await driver.pipe("gdelt.events", [{ ...piped, value: event("17"), partition: 0 }]);
    const mention = row(16, {
      [MENTION.GlobalEventID]: "17",
      [MENTION.EventTimeDate]: stampOf(SLICE),
      [MENTION.MentionTimeDate]: stampOf(SLICE),
      [MENTION.MentionType]: 1,
      [MENTION.MentionIdentifier]: "a.example/1",
    });
    await driver.pipe("gdelt.mentions", [{ ...piped, value: mention, partition: 1 }]);
    await driver.run();
    assert.deepEqual(columnOf(driver, "silver-mentions-lake", "event_joined"), []);
    driver.advance(SILVER_DEFAULTS.source.idleTimeoutMs);
    await driver.run();
    assert.deepEqual(columnOf(driver, "silver-mentions-lake", "event_joined"), [true]);
    assert.deepEqual(columnOf(driver, "silver-mentions-lake", "slice"), [SLICE]);
    driver.close();
  });

  test("have their unusable rows told by where they lie themselves", async () => {
    const driver = await openSilver(OF_OTHERS, PARTITIONS);
    const piped = { timestampMs: 5, partition: 2 };
    const values = [event("1"), "a\tb", event(""), event("x"), event("2").replace("2024", "2O24")];
    await driver.pipe(
      "gdelt.events",
      values.map((value) => ({ ...piped, value })),
    );
    await driver.run();
    const of = (column: string) => columnOf(driver, "dead-letter-lake", column);
    assert.deepEqual(of("reason"), [
      "field_count: 2, expected 61",
      "missing: GlobalEventID",
      'bad_number: GlobalEventID "x"',
      'bad_date: DATEADDED "2O240101000000"',
    ]);
    assert.deepEqual(of("offset").map(Number), [1, 2, 3, 4]);
    assert.deepEqual(new Set(of("partition")), new Set([2]));
    assert.deepEqual(new Set(of("topic")), new Set(["gdelt.events"]));
    assert.deepEqual(new Set([...of("file"), ...of("row"), ...of("slice")]), new Set([null]));
    assert.deepEqual(
      of("raw").map((raw) => Buffer.from(raw as Uint8Array).toString()),
      values.slice(1),
    );
    driver.close();
  });
});
