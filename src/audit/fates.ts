import type { Check, Count } from "./findings.ts";
import type { Kind, Output } from "./horizon.ts";
import { countsOf, fewOf, type Scope } from "./scope.ts";

/** The rows of `bronze_row`, with whether each is a dead letter. */
export const withDeath = (kind: Kind): string =>
  `SELECT b.*, d."offset" IS NOT NULL AS dead FROM bronze_row b
   LEFT JOIN (SELECT DISTINCT partition, "offset", row FROM dead_letter_row
              WHERE topic = 'gdelt.${kind}') d
     ON d.partition = b.partition AND d."offset" = b."offset" AND d.row IS NOT DISTINCT FROM b.row`;

/** More than is known to be published: rows of an attempt whose entry is still to come. */
export const hasUnknownRows = (
  { accounts, publications }: Scope,
  sliceMs: number,
  feed: string,
): boolean => (accounts.of(sliceMs, feed).get("bronze") ?? 0) > publications.rowsOf(sliceMs, feed);

/**
 * Enters the fates of all rows into the accounts. A row that none of the tables has is missing; open
 * as long as one of them has still to come by its slice.
 */
export async function addFates(
  scope: Scope,
  outputs: readonly Output[],
  missing: Check,
  example: string,
): Promise<void> {
  const { accounts, findings, horizon, lake } = scope;
  const rows = (await lake.query(
    "SELECT slice_ms, feed, fate, count(*) AS n FROM fate WHERE fate <> 'missing' GROUP BY ALL",
  )) as unknown as (Count & { readonly fate: string })[];
  for (const { slice_ms, feed, fate, n } of rows) accounts.add(slice_ms!, feed!, fate, n);
  const lost = await countsOf(
    scope,
    `SELECT slice_ms, feed, count(*) AS n,
            ${fewOf(`'row ' || coalesce(row::VARCHAR, '?') || ': ' || ${example}`)}
     FROM fate WHERE fate = 'missing' GROUP BY ALL ORDER BY ALL`,
  );
  const isOpen = ({ slice_ms, feed }: Count) =>
    hasUnknownRows(scope, slice_ms!, feed!) || !horizon.isIn(outputs, slice_ms!, feed!);
  findings.add(missing, lost, isOpen);
  for (const count of lost) {
    accounts.add(count.slice_ms!, count.feed!, isOpen(count) ? "open" : "missing", count.n);
  }
}
