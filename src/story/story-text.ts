import { actorWords, eventPhrase, quadClassName } from "../gdelt/cameo.ts";
import { stampOf } from "../gdelt/feeds.ts";
import type { SqlRow } from "../lake-sql/lake-sql.ts";
import type { ContextStory, DocumentStory, MentionStory } from "./documents.ts";
import type { Change, EventStory, RevisionStory, StateStory } from "./event-story.ts";
import { whyNoContext } from "./missing-parts.ts";
import type { Place } from "./published-rows.ts";

/** Names that are told of a document, of each kind. */
const NAMES_MAX = 8;

/** The story of an event for a person. */
export function storyText(story: EventStory): string {
  const { event, slice_ms, states, revisions, documents, published, missing } = story;
  const mentions = documents.reduce((sum, each) => sum + each.mentions.length, 0);
  return [
    `Event ${event["global_event_id"]}`,
    `  ${event["sentence"]}`,
    "",
    ...fields([
      ["who", whoWords(event)],
      ["what", whatWords(event)],
      ["where", whereWords(event)],
      ["when", `${event["event_date"] ?? "at an unknown date"}, published ${time(slice_ms)}`],
      ["source", event["source_url"] as string | null],
      ["from", placeWords(published)],
      ["status", event["status"] as string],
    ]),
    "",
    "States",
    ...states.map((state, i) => stateLine(state, states[i - 1])),
    "",
    "Revisions",
    ...revisions.flatMap(revisionLines),
    "",
    `Mentions: ${mentions} in ${plural(documents.length, "document")}`,
    ...documents.flatMap((document) => documentLines(document, story)),
    ...(missing.length > 0 ? ["", "Missing", ...missing.map((line) => `  ${line}`)] : []),
    "",
  ].join("\n");
}

const fields = (pairs: readonly (readonly [string, string | null])[]): string[] =>
  pairs.filter(([, value]) => value !== null).map(([name, value]) => `  ${name.padEnd(8)}${value}`);

const time = (ms: number): string => {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, iso.endsWith("00.000Z") ? 16 : 23)} UTC`;
};

function whoWords(event: SqlRow): string | null {
  const [first, second] = ([1, 2] as const).map((n) => actorOf(event, n));
  if (first === null && second === null) return null;
  return [first ?? "someone", ...(second === null ? [] : [second!])].join(" and ");
}

function actorOf(event: SqlRow, n: 1 | 2): string | null {
  const text = (part: string) => event[`actor${n}_${part}`] as string | null;
  const words = actorWords(text("type1_code"), text("country_code"));
  const name = text("name") ?? words;
  if (name === null) return text("code");
  const more = [words, text("code")].filter(
    (part) => part !== null && part.toUpperCase() !== name.toUpperCase(),
  );
  return more.length === 0 ? name : `${name} (${more.join(", ")})`;
}

function whatWords(event: SqlRow): string {
  const code = event["event_code"] as string | null;
  const quad = quadClassName(event["quad_class"] as number);
  const goldstein = event["goldstein_scale"] as number | null;
  const details = [
    code === null ? null : `CAMEO ${code}`,
    quad,
    goldstein === null ? null : `Goldstein ${signed(goldstein)}`,
    event["is_root_event"] === 1 ? "root event" : null,
  ].filter((part) => part !== null);
  return `${eventPhrase(code).alone} (${details.join(", ")})`;
}

function whereWords(event: SqlRow): string | null {
  const place = event["action_geo_fullname"] as string | null;
  const [lat, long] = [event["action_geo_lat"], event["action_geo_long"]];
  if (place === null) return null;
  return lat === null ? place : `${place} (${lat}, ${long})`;
}

const placeWords = (place: Place | null): string | null =>
  place === null
    ? null
    : `row ${place.row} of ${place.file} (partition ${place.partition}, offset ${place.offset})`;

function stateLine({ state, at_ms, reason }: StateStory, before: StateStory | undefined): string {
  const took = before === undefined ? "" : `, ${duration(at_ms - before.at_ms)} later`;
  return `  ${time(at_ms)}  ${state}${took}${reason === null ? "" : ` (${reason})`}`;
}

function duration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

function revisionLines(of: RevisionStory): string[] {
  const counts = [
    plural(of.mention_count, "mention"),
    plural(of.source_count, "source"),
    plural(of.document_count, "document"),
  ];
  const readable = of.committed_at_ms === null ? "" : `, readable ${time(of.committed_at_ms)}`;
  return [
    `  ${of.revision}  ${of.status}, ${counts.join(", ")}, up to slice ` +
      `${stampOf(of.revised_slice_ms)}${readable}`,
    ...of.changes.map((change) => `     ${changeText(change)}`),
  ];
}

function changeText(change: Change): string {
  const { column } = change;
  if ("before" in change) {
    return `${column}: ${valueText(change.before)} → ${valueText(change.after)}`;
  }
  const { added, removed } = change;
  const parts = [
    ...(added.length > 0 ? [`+ ${fewNames(added)}`] : []),
    ...(removed.length > 0 ? [`- ${fewNames(removed)}`] : []),
  ];
  return `${column}: ${parts.join("; ")}`;
}

function valueText(value: SqlRow[string]): string {
  if (typeof value === "number") return String(Number(value.toFixed(2)));
  return value === null ? "nothing" : String(value).replace(/(:00)?\+00$/, "");
}

function documentLines(document: DocumentStory, { slices }: EventStory): string[] {
  const { slice_ms, source, identifier, context, mentions } = document;
  return [
    `  ${time(slice_ms)}  ${source ?? "an unknown source"}  ${identifier ?? ""}`.trimEnd(),
    ...contextLines(document, context, whyNoContext(document, slices)),
    ...mentions.map(mentionLine),
  ];
}

function contextLines(
  { gkg_record_id }: DocumentStory,
  context: ContextStory | null,
  why: string,
): string[] {
  if (gkg_record_id === null) return [`    no context: ${why}`];
  if (context === null) return [`    context ${gkg_record_id}`];
  const { title, tone, themes, persons, organizations, published } = context;
  return [
    ...(title === null ? [] : [`    “${title}”`]),
    `    context ${gkg_record_id}${tone === null ? "" : `, tone ${signed(tone)}`} ` +
      `(row ${published.row} of ${published.file})`,
    ...named("themes", themes),
    ...named("persons", persons),
    ...named("organizations", organizations),
  ];
}

function named(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`    ${what} ${fewNames(names)}`];
}

function fewNames(names: readonly string[]): string {
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : "";
  return `${names.slice(0, NAMES_MAX).join("; ")}${more}`;
}

function mentionLine(mention: MentionStory): string {
  const { sentence_id, confidence, tone, joined, orphan_reason, published } = mention;
  const parts = [
    sentence_id === null ? "a sentence" : `sentence ${sentence_id}`,
    ...(confidence === null ? [] : [`confidence ${confidence} %`]),
    ...(tone === null ? [] : [`tone ${signed(tone)}`]),
    ...(joined ? [] : [`an orphan, ${orphan_reason}`]),
    ...(published === null ? [] : [`row ${published.row} of ${published.file}`]),
  ];
  return `    ${parts.join(", ")}`;
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(1)}`;

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
