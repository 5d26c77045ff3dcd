import { stampOf } from "../gdelt/feeds.ts";
import type { LakeSql, SqlRow } from "../lake-sql/lake-sql.ts";
import { readPublished } from "./published-rows.ts";

/** What there is of an event that Silver does not have: a sentence each. */
export async function readTraces(lake: LakeSql, id: string): Promise<string[]> {
  return [
    ...(await readPublished(lake, "events", id)).map(publishedWords),
    ...(await readOrphans(lake, id)),
    ...(await readLetters(lake, id)),
  ];
}

const publishedWords = ({ slice_ms, file, row }: SqlRow): string => {
  const stamp = stampOf(slice_ms as number);
  return (
    `It is in Bronze, as row ${row} of ${file}, but not in Silver: its slice is still open, or ` +
    `something is wrong; gdelt-streams audit --slice ${stamp} tells.`
  );
};

/** Why a mention has no event, as a sentence; `{slice}` is the slice that should hold it. */
const REASONS: Readonly<Record<string, string>> = {
  before_start: "slice {slice}, which holds it, is older than the first slice that was read",
  slice_missing: "the events of slice {slice}, which holds it, were never published",
  foreign_stream:
    "the events of slice {slice} are there and it is not among them: it belongs to a feed that is " +
    "not followed, or its row is a dead letter",
  older_than_retention:
    "it was older than the retention when it was mentioned, and was not looked for",
};

async function readOrphans(lake: LakeSql, id: string): Promise<string[]> {
  const rows = await lake.query(`
    SELECT orphan_reason, epoch_ms(event_time) AS event_ms, count(DISTINCT mention_key) AS mentions,
           any_value(mention_identifier) AS identifier
    FROM ${lake.rows("silver/mentions")} WHERE global_event_id = ${id} AND NOT event_joined
    GROUP BY ALL ORDER BY ALL`);
  return rows.map(({ orphan_reason: reason, event_ms, mentions, identifier }) => {
    const slice = stampOf(event_ms as number);
    const why = REASONS[reason as string]?.replace("{slice}", slice) ?? reason;
    const many = mentions === 1 ? "One mention speaks" : `${mentions} mentions speak`;
    return `${many} of it (${reason}; for one ${identifier}): ${why}.`;
  });
}

async function readLetters(lake: LakeSql, id: string): Promise<string[]> {
  const rows = await lake.query(`
    SELECT feed, file, row, reason FROM ${lake.rows("dead_letter")}
    WHERE row IS NOT NULL AND starts_with(hex(raw), '${Buffer.from(`${id}\t`).toString("hex").toUpperCase()}')
    ORDER BY file, row`);
  return rows.map(
    ({ feed, file, row, reason }) =>
      `A row of ${feed} that begins with it is a dead letter: row ${row} of ${file}, ${reason}.`,
  );
}
