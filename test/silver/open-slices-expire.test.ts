import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT, MENTION } from "../../src/gdelt/columns.ts";
import { stampOf } from "../../src/gdelt/feeds.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";

const QUARTER_MS = 15 * 60_000;
const RETENTION_MS = 4 * QUARTER_MS;
/** An event's slice, a slice that comes late, and the slice whose close ends the event's wait. */
const EARLY = Date.UTC(2024, 0, 1);
const LATE = EARLY + QUARTER_MS;
const NEWEST = EARLY + RETENTION_MS;

function row(columns: number, values: Readonly<Record<number, string | number>>): string {
  return Array.from({ length: columns }, (_, i) => String(values[i] ?? "")).join("\t");
}

const event = (id: number, sliceMs: number) => ({
  key: String(id),
  value: row(61, { [EVENT.GlobalEventID]: id, [EVENT.DATEADDED]: stampOf(sliceMs) }),
  timestampMs: sliceMs,
});

const mention = (id: number, eventMs: number, sliceMs: number) => ({
  key: "a.example/1",
  value: row(16, {
    [MENTION.GlobalEventID]: id,
    [MENTION.EventTimeDate]: stampOf(eventMs),
    [MENTION.MentionTimeDate]: stampOf(sliceMs),
    [MENTION.MentionType]: 1,
    [MENTION.MentionIdentifier]: "a.example/1",
  }),
  timestampMs: sliceMs,
});

async function openDriver(): Promise<TopologyTestDriver> {
  const options = {
    ...SILVER_DEFAULTS,
    eventRetentionMs: RETENTION_MS,
    bronze: false,
    mart: false,
  };
  return await TopologyTestDriver.open(silverTopology(options), { partitions: 1, startMs: 0 });
}

const columnOf = (driver: TopologyTestDriver, node: string, column: string): unknown[] =>
  driver
    .table(node)
    .flatMap(({ value }) => decodeArrow(value))
    .flatMap((batch) => [...batch.getChild(column)!]);

const OTHERS = ["mentions", "gkg"];

for (const order of ["before", "after"] as const) {
  test(`a late mention that comes ${order} the close which ends its event's wait is an orphan`, async () => {
    const driver = await openDriver();
    await driver.pipe("gdelt.events", [event(7, EARLY)]);
    await driver.closeSlice(EARLY);
    await driver.run();
    await driver.closeSlice(NEWEST, { feeds: OTHERS });
    if (order === "after") await driver.closeSlice(NEWEST, { feeds: ["events"] });
    if (order === "after") await driver.run();
    await driver.pipe("gdelt.mentions", [mention(7, EARLY, LATE)]);
    await driver.closeSlice(LATE, { feeds: OTHERS });
    await driver.run();
    if (order === "before") await driver.closeSlice(NEWEST, { feeds: ["events"] });
    await driver.closeSlice(LATE, { feeds: ["events"] });
    await driver.run();
    const reasons = columnOf(driver, "silver-mentions-lake", "orphan_reason");
    assert.deepEqual(reasons, ["older_than_retention"]);
    assert.deepEqual(columnOf(driver, "lifecycle-lake", "state"), ["WAITING", "EXPIRED"]);
    driver.close();
  });
}

test("a slice as old as the retention that is open while others end is not dropped", async () => {
  const driver = await openDriver();
  await driver.closeSlice(LATE);
  await driver.closeSlice(NEWEST, { feeds: ["events"] });
  await driver.pipe("gdelt.events", [event(7, EARLY)]);
  await driver.run();
  await driver.closeSlice(NEWEST, { feeds: OTHERS });
  await driver.run();
  await driver.closeSlice(EARLY);
  await driver.run();
  assert.deepEqual(columnOf(driver, "lifecycle-lake", "state"), ["WAITING", "EXPIRED"]);
  driver.close();
});
