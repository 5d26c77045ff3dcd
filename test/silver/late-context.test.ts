import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT, GKG, MENTION } from "../../src/gdelt/columns.ts";
import { stampOf } from "../../src/gdelt/feeds.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";

const SLICE = Date.UTC(2024, 0, 1);
const DOCUMENT = "a.example/1";

function row(columns: number, values: Readonly<Record<number, string | number>>): string {
  return Array.from({ length: columns }, (_, i) => String(values[i] ?? "")).join("\t");
}

const record = (key: string, value: string) => ({ key, value, timestampMs: SLICE });

const event = record("7", row(61, { [EVENT.GlobalEventID]: 7, [EVENT.DATEADDED]: stampOf(SLICE) }));

const mention = (sentence: number, confidence: number) =>
  record(
    DOCUMENT,
    row(16, {
      [MENTION.GlobalEventID]: 7,
      [MENTION.EventTimeDate]: stampOf(SLICE),
      [MENTION.MentionTimeDate]: stampOf(SLICE),
      [MENTION.MentionType]: 1,
      [MENTION.MentionIdentifier]: DOCUMENT,
      [MENTION.SentenceID]: sentence,
      [MENTION.Confidence]: confidence,
    }),
  );

const gkg = record(
  DOCUMENT,
  row(27, {
    [GKG.GKGRECORDID]: `${stampOf(SLICE)}-1`,
    [GKG.DATE]: stampOf(SLICE),
    [GKG.SourceCollectionIdentifier]: 1,
    [GKG.DocumentIdentifier]: DOCUMENT,
  }),
);

test("a mention that is there twice is one duplicate, also when its document's row comes late", async () => {
  const topology = silverTopology({ ...SILVER_DEFAULTS, bronze: false, mart: false });
  const driver = await TopologyTestDriver.open(topology, { partitions: 1, startMs: 0 });
  await driver.pipe("gdelt.events", [event]);
  // Equal in the natural key; the first stands.
  await driver.pipe("gdelt.mentions", [mention(1, 30), mention(1, 40), mention(2, 50)]);
  await driver.closeSlice(SLICE, { missing: ["gkg"] });
  await driver.run();
  assert.equal(driver.counts()["duplicates.mentions"], 1);
  await driver.pipe("gdelt.gkg", [gkg]);
  await driver.closeSlice(SLICE, { attempt: 2 });
  await driver.run();
  assert.equal(driver.counts()["duplicates.mentions"], 1);
  const batches = driver.table("silver-mentions-lake").flatMap(({ value }) => decodeArrow(value));
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, i) =>
      ["sentence_id", "confidence", "revision", "gkg_record_id"].map((name) =>
        batch.getChild(name)!.get(i),
      ),
    ),
  );
  const id = `${stampOf(SLICE)}-1`;
  assert.deepEqual(rows.toSorted(), [
    [1, 30, 1, null],
    [1, 30, 2, id],
    [2, 50, 1, null],
    [2, 50, 2, id],
  ]);
  driver.close();
});
