import type { LakeSql } from "../lake-sql/lake-sql.ts";
import { type Count, type Findings, never } from "./findings.ts";
import type { Publications } from "./publications.ts";

/** Tables whose compaction drops superseded rows. */
const REVISED = ["silver/events", "silver/mentions"];

/** Every table has its data files, and the rows that its sinks say they have put into it. */
export async function checkTables(lake: LakeSql, findings: Findings): Promise<void> {
  for (const [folder, table] of lake.tables) {
    const damaged = table.damaged.map(({ path, size, found }) =>
      found === null ? `${path} is gone` : `${path} has ${found} bytes, the log says ${size}`,
    );
    findings.add("file-damaged", [count(folder, damaged.length, damaged.slice(0, 3))], never);
    const put = table.progress.reduce((sum, { rows }) => sum + rows, 0);
    const [row] = await lake.query(`SELECT count(*) AS n FROM ${table.rows()}`);
    const there = row!["n"] as number;
    const wrong = REVISED.includes(folder) ? there > put : there !== put;
    const example = `${folder}: ${put} rows were put in, ${there} are there`;
    findings.add(
      "rows-in-table",
      [count(folder, wrong ? Math.abs(put - there) : 0, [example])],
      never,
    );
  }
}

const count = (folder: string, n: number, examples: readonly string[]): Count => ({
  slice_ms: null,
  feed: folder,
  n,
  examples,
});

/** Every attempt but the last has what each of its feeds has closed it with; none is left out. */
export function checkEntries(publications: Publications, findings: Findings): void {
  const { attempts, slices } = publications;
  const found: Count[] = [];
  for (const { sliceMs, attempts: own } of slices.values()) {
    for (const [i, { attempt, ordinal, entries }] of own.entries()) {
      // A feed that is no longer followed may have left an attempt open for good.
      const later = new Set(attempts.slice(ordinal).flatMap((next) => [...next.entries.keys()]));
      const [first] = entries.values();
      const lacking = first!.feeds.filter((feed) => !entries.has(feed) && later.has(feed));
      if (attempt !== i + 1) lacking.push(`attempt ${i + 1}`);
      for (const what of lacking) {
        found.push({ slice_ms: sliceMs, feed: what, n: 1, examples: [`attempt ${attempt}`] });
      }
    }
  }
  findings.add("entry-missing", found, never);
}
