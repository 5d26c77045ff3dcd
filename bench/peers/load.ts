import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { feedNamed, sliceFileName } from "../../src/gdelt/feeds.ts";
import { splitRows } from "../../src/ingest/feed-rows.ts";
import { DEFAULT_START_MS, SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { ConfigError } from "../../src/record/errors.ts";

/** A real slice of a busy hour. */
const EVENTS_PER_SLICE = 2000;

/** The windows of the peers are a day wide: of more slices they would join less than we do. */
const SLICES_MAX = 96;

/** What everybody joins. */
export interface Load {
  /** Of slice files as GDELT names them, not zipped: reading a zip is not what is compared. */
  readonly folder: string;
  readonly slices: number;
  readonly seed: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly totalRows: number;
  readonly bytes: number;
}

/** The same slices and seed make the same bytes, on any machine. */
export function makeLoad(folder: string, slices: number, seed: number): Load {
  if (!(slices >= 1 && slices <= SLICES_MAX)) {
    throw new ConfigError(
      `--slices takes a number from 1 to ${SLICES_MAX}, a day's, not ${slices}`,
    );
  }
  mkdirSync(folder, { recursive: true });
  const spec = { seed, startMs: DEFAULT_START_MS, eventsPerSlice: EVENTS_PER_SLICE };
  const rows: Record<string, number> = {};
  let bytes = 0;
  for (const slice of new SliceStream(spec).slices(slices)) {
    for (const [feed, content] of slice.feeds) {
      const name = sliceFileName(feedNamed(feed), slice.sliceMs, { zipped: false });
      writeFileSync(path.join(folder, name), content);
      rows[feed] = (rows[feed] ?? 0) + splitRows(content).length;
      bytes += content.length;
    }
  }
  const totalRows = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return { folder, slices, seed, rows, totalRows, bytes };
}
