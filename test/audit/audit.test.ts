import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runLake } from "../../src/app/lake-command.ts";
import { replay } from "../../src/app/replay.ts";
import { auditText } from "../../src/audit/audit-text.ts";
import type { FeedAccount } from "../../src/audit/report.ts";
import { parseStamp } from "../../src/gdelt/feeds.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { alterRows } from "./alter-lake.ts";
import { auditFolder, problemsOf, simulatedLake, writeLake } from "./lakes.ts";
import { TROUBLE } from "./trouble.ts";

const golden = (name: string) =>
  fileURLToPath(new URL(`../golden/audit-${name}.txt`, import.meta.url));
const asText = { serializers: [(value: string) => value] };

let scratch: string;
let lake: string;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "audit-"));
  lake = join(scratch, "trouble");
  await writeLake(lake, await simulatedLake(TROUBLE.scenario, TROUBLE.run));
});

after(() => rm(scratch, { recursive: true, force: true }));

const clock = { nowMs: () => Date.now() };

describe("the audit of slices with trouble", () => {
  test("reads like this", async (t) => {
    const report = await auditFolder(lake);
    t.assert.fileSnapshot(auditText(report, "date"), golden("by-date"), asText);
    t.assert.fileSnapshot(auditText(report, "slice"), golden("by-slice"), asText);
  });

  test("gives every row of Bronze one fate", async () => {
    const { slices } = await auditFolder(lake);
    const sum = ({ fates }: FeedAccount) => Object.values(fates).reduce((n, of) => n + of, 0);
    for (const { feeds } of slices) {
      for (const account of feeds) {
        assert.equal(account.bronze, account.rows);
        assert.equal(sum(account), account.bronze);
      }
    }
    assert(slices.length > 2);
  });

  test("says of one slice what it says of it among all", async () => {
    const all = await auditFolder(lake);
    for (const slice of all.slices) {
      const one = await auditFolder(lake, parseStamp(slice.slice));
      assert(one.adds_up, problemsOf(one));
      assert.deepEqual(one.slices, [slice]);
    }
  });

  test("holds after a compaction", async () => {
    const compacted = join(scratch, "compacted");
    await writeLake(compacted, await simulatedLake(TROUBLE.scenario, TROUBLE.run));
    await runLake(["compact", compacted], clock);
    const report = await auditFolder(compacted);
    assert(report.adds_up, problemsOf(report));
    const { slices } = await auditFolder(lake);
    assert.deepEqual(report.slices, slices);
  });

  test("of one slice finds what is wrong in it, and nothing in the others", async () => {
    const broken = join(scratch, "broken");
    await writeLake(broken, await simulatedLake(TROUBLE.scenario, TROUBLE.run));
    await alterRows(
      broken,
      "silver/events",
      "FROM rows WHERE global_event_id <> (SELECT min(global_event_id) FROM rows)",
    );
    const all = await auditFolder(broken);
    const wrong = new Set(all.problems.map(({ slice }) => slice));
    for (const { slice } of all.slices) {
      const one = await auditFolder(broken, parseStamp(slice));
      const checks = (of: typeof all) =>
        of.problems.filter((each) => each.slice === slice).map(({ check }) => check);
      assert.deepEqual(checks(one).sort(), checks(all).sort(), slice);
      assert.equal(wrong.has(slice), checks(one).length > 0);
    }
  });
});

test("a folder without Bronze is refused, and told how to have it", async () => {
  const folder = join(scratch, "no-bronze");
  const files = await simulatedLake(TROUBLE.scenario, TROUBLE.run);
  await writeLake(folder, new Map([...files].filter(([path]) => !path.startsWith("bronze/"))));
  await assert.rejects(
    auditFolder(folder),
    (error: Error) => error instanceof ConfigError && /--bronze/.test(error.message),
  );
});

const samples = join(process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt", "joined", "gdeltv2");

test("real slices add up", {
  skip: !existsSync(samples) && `no GDELT samples (GDELT_SAMPLES) at ${samples}`,
}, async () => {
  const out = join(scratch, "real");
  const options = {
    slices: samples,
    out,
    json: true,
    close: false,
    translation: false,
    bronze: true,
    partitions: 3,
    retentionDays: 8,
    kafka: null,
    tables: null,
    checkpoints: null,
    mart: null,
  };
  await replay(options, clock, () => {}, new AbortController().signal);
  const report = await auditFolder(out);
  assert(report.adds_up, problemsOf(report));
  const total = (feed: string, fate: string) =>
    report.slices
      .flatMap(({ feeds }) => feeds)
      .filter((account) => account.feed === feed)
      .reduce((sum, { fates }) => sum + (fates[fate] ?? 0), 0);
  assert.equal(total("events", "complete"), 8257);
  assert.equal(total("events", "waiting"), 452);
  assert.equal(total("mentions", "joined"), 15438);
  assert.equal(total("gkg", "used") + total("gkg", "unused"), 8570);
  assert.deepEqual([report.open, report.absent], [[], []]);
});
