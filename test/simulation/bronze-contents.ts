import assert from "node:assert/strict";
import type { RecordBatch } from "apache-arrow";
import { parseStamp, stampOf } from "../../src/gdelt/feeds.ts";
import type { LogEntry } from "../../src/ingest/slice-entry.ts";
import { readBack } from "../bronze/read-back.ts";
import type { Scenario } from "./scenario.ts";

type Batches = (node: string) => Promise<readonly RecordBatch[]>;

/**
 * Checks that the Bronze tables hold every row of every file that was published as often as it was,
 * byte by byte, and every entry; from the files themselves, not from the log.
 */
export async function checkBronze(
  scenario: Scenario,
  entries: readonly LogEntry[],
  batches: Batches,
): Promise<void> {
  const files = await filesByChecksum(scenario);
  const published = entries.flatMap((entry) => rowsPublishedBy(entry, files));
  const kept = await Promise.all(
    ["events", "mentions", "gkg"].map(async (kind) =>
      rowsKept(kind, await batches(`bronze-${kind}-lake`)),
    ),
  );
  assert.deepEqual(kept.flat().sort(), published.sort());
  const told = entries.filter(({ status }) => status !== "rescaled");
  assert.deepEqual(entriesKept(await batches("bronze-slices-lake")), told);
}

async function filesByChecksum({ visits, read }: Scenario): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const path of new Set(visits.flatMap((visit) => [...visit.files.values()]))) {
    const file = await read(path).catch(() => null);
    if (file !== null) files.set(file.checksum, file.bytes);
  }
  return files;
}

/** The rows of the file that an attempt has taken; none where it has taken none. */
function rowsPublishedBy(entry: LogEntry, files: ReadonlyMap<string, Buffer>): string[] {
  if (entry.status !== "published" || entry.checksum === null) return [];
  const { feed, slice, file } = entry;
  const text = files.get(entry.checksum)!.toString("latin1").replace(/\n+$/, "");
  const lines = text === "" ? [] : text.split("\n");
  return lines.map((line, row) => [feed, parseStamp(slice), file, row, line].join(" "));
}

function rowsKept(kind: string, batches: readonly RecordBatch[]): string[] {
  const places = new Set<string>();
  const rows = batches.flatMap((batch) => {
    const value = (name: string, row: number) => batch.getChild(name)!.get(row);
    return Array.from({ length: batch.numRows }, (_, row) => {
      places.add(`${value("partition", row)} ${value("offset", row)}`);
      const origin = ["feed", "slice", "file", "row"].map((name) => value(name, row));
      return [...origin, readBack(batch, row).published.toString("latin1")].join(" ");
    });
  });
  assert.equal(places.size, rows.length, `bronze/${kind} has an offset twice`);
  return rows;
}

/** The entries again, in their order. */
function entriesKept(batches: readonly RecordBatch[]): object[] {
  const rows = batches.flatMap((batch) => batch.toArray());
  rows.sort((a, b) => Number(a["offset"] - b["offset"]));
  return rows.map(
    ({ status, slice, attempt, feed, file, checksum, bytes, rows, reason, outcome, ...lists }) => {
      if (status === "end_of_stream") return { status };
      const { feeds, missing } = lists;
      return {
        ...{ slice: stampOf(slice), attempt, feed, status, file, checksum, reason, outcome },
        ...{ bytes: Number(bytes), rows: Number(rows) },
        ...{ feeds: [...feeds], missing: [...missing] },
      };
    },
  );
}
