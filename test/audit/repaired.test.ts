import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { replay } from "../../src/app/replay.ts";
import type { AuditReport } from "../../src/audit/report.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { packSlice, type SliceFile } from "../../src/ingest/slice-generator/write-slices.ts";
import { auditFolder, problemsOf } from "./lakes.ts";

const START_MS = Date.UTC(2026, 0, 1);
const clock = { nowMs: () => Date.now() };

/** Four slices; the first has a row twice, and one that nobody can parse. */
async function generated(): Promise<SliceFile[][]> {
  const stream = new SliceStream({ seed: 5, startMs: START_MS, eventsPerSlice: 12 });
  return await Promise.all(
    [0, 1, 2, 3].map((number) => {
      const { feeds, ...slice } = stream.slice(number);
      const dirty = [...feeds].map(([feed, content]): [string, Buffer] => {
        const first = content.subarray(0, content.indexOf("\n") + 1);
        const more = [content, first, Buffer.from("no row\n")];
        return [feed, number === 0 ? Buffer.concat(more) : content];
      });
      return packSlice({ ...slice, feeds: new Map(dirty) }, { zipped: true });
    }),
  );
}

/** Status and files of each feed, slice by slice. */
const states = ({ slices }: AuditReport): string[] =>
  slices.map(
    ({ slice, attempts, feeds }) =>
      `${slice.slice(8)} ${attempts}: ${feeds.map(({ status, files }) => `${status} ${files}`).join(", ")}`,
  );

test("missing, damaged and late files add up, and again when they are repaired", async () => {
  const root = await mkdtemp(join(tmpdir(), "repaired-"));
  const [slices, out] = [join(root, "slices"), join(root, "out")];
  await mkdir(slices);
  const write = (files: readonly SliceFile[]) =>
    Promise.all(files.map(({ name, bytes }) => writeFile(join(slices, name), bytes)));
  const audited = async (close: boolean) => {
    const options = { slices, out, json: true, close, translation: false, bronze: true };
    const places = { kafka: null, tables: null, checkpoints: null, mart: null };
    const rest = { partitions: 2, retentionDays: 8, ...places };
    await replay({ ...options, ...rest }, clock, () => {}, new AbortController().signal);
    const report = await auditFolder(out);
    assert(report.adds_up, problemsOf(report));
    assert.deepEqual(report.open, []);
    return report;
  };
  try {
    const all = await generated();
    const [first, second, third, fourth] = all as [SliceFile[], ...SliceFile[][]];
    const gkg = second!.find(({ feed }) => feed.kind === "gkg")!;
    await write(first);
    await write(second!);
    await write([{ ...gkg, bytes: gkg.bytes.subarray(0, 200) }]);
    await write(fourth!.filter(({ feed }) => feed.kind !== "mentions"));
    const before = await audited(false);
    assert.deepEqual(states(before), [
      "000000 1: published 1, published 1, published 1",
      "001500 1: published 1, published 1, rejected 0",
      "004500 1: published 1, missing 0, published 1",
    ]);
    assert.deepEqual(before.absent, ["20260101003000"]);
    const [{ feeds }] = before.slices as [AuditReport["slices"][number]];
    for (const { fates } of feeds)
      assert.deepEqual([fates["duplicate"], fates["dead_letter"]], [1, 1]);
    await write([...second!, ...third!, ...fourth!]);
    const after = await audited(true);
    assert.deepEqual(states(after), [
      "000000 1: published 1, published 1, published 1",
      "001500 2: published 1, published 1, published 1",
      "003000 1: published 1, published 1, published 1",
      "004500 2: published 1, published 1, published 1",
    ]);
    assert.deepEqual([after.absent, after.stream_ended], [[], true]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
