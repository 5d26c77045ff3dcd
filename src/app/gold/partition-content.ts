import type { GoldMart } from "./gold-marts.ts";

/** What a partition holds. */
export interface Content {
  readonly rows: number;
  /** Sum of the hashes of its rows. */
  readonly checksum: string;
}

/** The same statement for both databases, up to how a row becomes a number. */
export const contentSql = (
  { name, partition }: GoldMart,
  hash: string,
  condition = "true",
): string =>
  `select cast(${partition} as varchar), cast(count(*) as varchar), cast(${hash} as varchar)
    from gold.${name} where ${condition} group by ${partition}`;

/** What the last complete run has left in the partitions of a table, its parameter. */
export const KNOWN_CONTENTS =
  "select partition, rows, checksum from ops.gold_partitions where table_name = $1";

export const contents = (rows: readonly (readonly (string | null)[])[]): Map<string, Content> =>
  new Map(
    rows.map(([key, count, checksum]) => [key!, { rows: Number(count), checksum: checksum! }]),
  );

/** Partitions that differ, or that only one side has. */
export const differing = (
  a: ReadonlyMap<string, Content>,
  b: ReadonlyMap<string, Content>,
): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter((key) => !isSame(a.get(key), b.get(key)));

export const isSame = (a: Content | undefined, b: Content | undefined): boolean =>
  a?.rows === b?.rows && a?.checksum === b?.checksum;

export const sumOfRows = (of: ReadonlyMap<string, Content>): number =>
  [...of.values()].reduce((sum, { rows }) => sum + rows, 0);

export const contentText = (content: Content | undefined): string =>
  content === undefined ? "no rows" : `${content.rows} rows of checksum ${content.checksum}`;
