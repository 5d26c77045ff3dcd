import type { JsonRow } from "../../../gdelt/json-row.ts";
import type { Step } from "./event-rows.ts";

type Where = Step["where"];

/** A row of the lifecycle. */
export const lifecycleStep = (row: JsonRow, where: Where): Step => ({
  at: row["reached_at"] as string,
  state: row["state"] as string,
  reason: row["reason"] as string | null,
  where,
});

/** The newest revision of an event became readable there. */
export const committedStep = (event: JsonRow, where: Where): Step => ({
  at: event["silver_committed_at"] as string | null,
  state: "COMMITTED",
  reason: `generation ${event["generation"]}, revision ${event["revision"]}`,
  where,
});
