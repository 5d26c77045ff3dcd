import { feedNamed, stampOf } from "../gdelt/feeds.ts";
import type { DocumentStory } from "./documents.ts";
import type { EventStory } from "./event-story.ts";
import type { SliceClosings } from "./slice-closings.ts";

/** MentionType of a web page. */
const WEB = 1;

/** What is not there, and why, a sentence each. */
export function missingParts(
  { event, revisions, documents, published, slices }: Omit<EventStory, "missing">,
  hasBronze: boolean,
): string[] {
  const oldest = revisions[0]!.revision;
  return [
    ...statusWords(event["status"] as string, documents),
    ...(oldest > 1
      ? [`Revisions before ${oldest}: its mentions came first, or a compaction has dropped them.`]
      : []),
    ...contextWords(documents, slices),
    ...slices.flatMap(closingWords),
    ...(hasBronze ? [] : ["Files, row numbers and titles: this lake keeps no Bronze."]),
    ...(hasBronze && published === null
      ? ["Its published row: it is not in Bronze, or not yet; see gdelt-streams audit."]
      : []),
  ];
}

function statusWords(status: string, documents: readonly DocumentStory[]): string[] {
  if (status === "SILVER_COMPLETE") return [];
  const what = documents.length === 0 ? "no mention of it" : "no mention of it with a GKG row";
  return status === "EXPIRED"
    ? [`Its context: ${what} came before its wait ended.`]
    : [`Its context: ${what} has come yet.`];
}

/** One sentence for all documents that lack it for the same reason. */
function contextWords(
  documents: readonly DocumentStory[],
  slices: readonly SliceClosings[],
): string[] {
  const lacking = documents.filter(({ gkg_record_id }) => gkg_record_id === null);
  const byReason = Map.groupBy(lacking, (document) => whyNoContext(document, slices));
  return [...byReason].map(([reason, of]) => {
    const what = of.length === 1 ? (of[0]!.identifier ?? "a document") : `${of.length} documents`;
    return `The context of ${what}: ${reason}.`;
  });
}

/** Why a document has no GKG row. */
export function whyNoContext(
  { mention_type, slice_ms }: DocumentStory,
  slices: readonly SliceClosings[],
): string {
  if (mention_type !== WEB) return "only web pages have a GKG row";
  const closed = slices.find((slice) => slice.slice_ms === slice_ms);
  const lacking = closed?.feeds.filter(
    ({ feed, status }) => feedNamed(feed).kind === "gkg" && status !== "published",
  );
  if (lacking !== undefined && lacking.length > 0) {
    return `the ${lacking[0]!.feed} file of slice ${stampOf(slice_ms)} is ${lacking[0]!.status}`;
  }
  return `no GKG row in slice ${stampOf(slice_ms)}`;
}

function closingWords({ slice_ms, feeds }: SliceClosings): string[] {
  return feeds
    .filter(({ status }) => status !== "published")
    .map(({ feed, status, reason }) => {
      const why = reason === null ? "" : ` (${reason})`;
      return `The ${feed} file of slice ${stampOf(slice_ms)}: ${status}${why}.`;
    });
}
