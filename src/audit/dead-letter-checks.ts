import { type Count, never } from "./findings.ts";
import type { Kind } from "./horizon.ts";
import { countsOf, fewOf, isInScope, type Scope, scopedRows } from "./scope.ts";

/** Takes the scope's dead letters as `dead_letter_row`, before anything is held against them. */
export async function readDeadLetters(scope: Scope): Promise<void> {
  await scope.lake.run(`CREATE OR REPLACE TEMP TABLE dead_letter_row AS
    SELECT epoch_ms(slice) AS slice_ms, feed, file, row, topic, partition, "offset"
    FROM ${scopedRows(scope, "dead_letter")}`);
}

/**
 * Dead letters of rows are rows of Bronze, those of `bronze_row` at hand. A letter is written when its
 * row is read, long before the slice closes, so not the closes but the row's offset says whether
 * Bronze must have it.
 */
export async function checkDeadRows(scope: Scope, kind: Kind): Promise<void> {
  const { findings, horizon } = scope;
  const bronze = horizon
    .bronzePositions(kind)
    .map((position, partition) => `WHEN ${partition} THEN ${position}`);
  const isRead = `d."offset" < CASE d.partition ${bronze.join(" ")} ELSE 0 END`;
  const surplus = (which: string) =>
    countsOf(
      scope,
      `SELECT slice_ms, feed, count(*) AS n, ${fewOf(`'row ' || coalesce(row, -1)`)}
       FROM (SELECT * FROM dead_letter_row WHERE topic = 'gdelt.${kind}') d
       ANTI JOIN bronze_row b ON b.partition = d.partition AND b."offset" = d."offset"
                             AND b.row IS NOT DISTINCT FROM d.row
       WHERE ${which} GROUP BY ALL ORDER BY ALL`,
    );
  findings.add("dead-letter-surplus", await surplus(isRead), never);
  findings.add("dead-letter-surplus", await surplus(`NOT (${isRead})`), () => true);
}

/** No row is a dead letter twice, and every rejected file is one. */
export async function checkDeadLetters(scope: Scope): Promise<void> {
  const { findings, horizon } = scope;
  const twice = await countsOf(
    scope,
    `SELECT slice_ms, feed, count(*) AS n, ${fewOf("key")} FROM (
       SELECT slice_ms, feed, topic || ' partition ' || partition || ' offset ' || "offset" AS key
       FROM dead_letter_row WHERE topic IS NOT NULL GROUP BY ALL HAVING count(*) > 1)
     GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("dead-letter-twice", twice, never);
  const files = await countsOf(
    scope,
    `SELECT slice_ms, feed, count(*) AS n, NULL AS examples FROM dead_letter_row
     WHERE topic IS NULL GROUP BY ALL`,
  );
  findings.add("rejected-file", unlettered(scope, files), ({ slice_ms }) => {
    return !horizon.isSettled(slice_ms!);
  });
}

/** Rejected files that are not among the dead letters. */
function unlettered(scope: Scope, letters: readonly Count[]): Count[] {
  const found: Count[] = [];
  for (const { attempts } of scope.publications.slices.values()) {
    const entries = attempts.flatMap((attempt) => [...attempt.entries.values()]);
    const rejected = entries.filter(({ status, file }) => status === "rejected" && file !== null);
    for (const [feed, files] of Map.groupBy(rejected, (entry) => entry.feed)) {
      const at = files[0]!.sliceMs;
      const known = letters.find((count) => count.slice_ms === at && count.feed === feed)?.n ?? 0;
      if (!isInScope(scope, at) || known >= files.length) continue;
      const examples = files.map(({ file }) => file!);
      found.push({ slice_ms: at, feed, n: files.length - known, examples });
    }
  }
  return found;
}
