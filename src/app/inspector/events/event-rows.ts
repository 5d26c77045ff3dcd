import type { JsonRow } from "../../../gdelt/json-row.ts";

/** Where something is known of an event. */
export type Place = "state" | "mart" | "lake";

/** What a place has of an event, as rows of Silver. */
export interface EventRows {
  readonly event: JsonRow | null;
  /** Not more than `MENTIONS_MAX`, */
  readonly mentions: readonly JsonRow[];
  /** of so many. */
  readonly mentionCount: number;
  /** Its slice has not closed yet. */
  readonly isOpen: boolean;
}

/** Something that has become of an event. */
export interface Step {
  /** ISO 8601; null: nobody has noted when. */
  readonly at: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly where: Place;
}

/** What knows of events that have left the state. */
export interface EventPlace {
  readonly name: "mart" | "lake";
  /** null: nothing. `id` is digits. @throws when it cannot be asked. */
  rows(id: number): Promise<EventRows | null>;
  steps(id: number): Promise<readonly Step[]>;
}

export interface Owner {
  readonly replica: string;
  readonly thread: string;
  readonly task: string;
}

/** `/events/{id}`. */
export interface EventAnswer {
  readonly id: number;
  readonly foundIn: Place;
  /** Who has its state; null: nobody, or it could not be asked. */
  readonly owner: Owner | null;
  readonly status: "open" | "waiting" | "complete" | "incomplete" | "orphaned";
  readonly sentence: string | null;
  readonly event: JsonRow | null;
  readonly mentions: readonly JsonRow[];
  readonly mentionCount: number;
  readonly documents: readonly JsonRow[];
}

const STATUSES: Readonly<Record<string, EventAnswer["status"]>> = {
  WAITING: "waiting",
  SILVER_COMPLETE: "complete",
  EXPIRED: "incomplete",
};

export function eventAnswer(
  id: number,
  foundIn: Place,
  owner: Owner | null,
  { event, mentions, mentionCount, isOpen }: EventRows,
): EventAnswer {
  const status = STATUSES[String(event?.["status"])] ?? "orphaned";
  return {
    ...{ id, foundIn, owner },
    status: isOpen ? "open" : status,
    sentence: (event?.["sentence"] ?? null) as string | null,
    ...{ event, mentions, mentionCount },
    documents: documentsOf(mentions),
  };
}

/** The documents that these mentions are in, in the order of time. */
function documentsOf(mentions: readonly JsonRow[]): JsonRow[] {
  const groups = Map.groupBy(mentions, (row) => `${row["slice"]} ${row["mention_identifier"]}`);
  const documents = [...groups.values()].map((same): JsonRow => {
    const first = same[0]!;
    return {
      identifier: first["mention_identifier"]!,
      source: first["mention_source_name"]!,
      slice: first["slice"]!,
      gkg_record_id: first["gkg_record_id"]!,
      gkg_tone: first["gkg_tone"]!,
      mentions: same.length,
    };
  });
  const key = ({ slice, identifier }: JsonRow) => `${slice} ${identifier}`;
  return documents.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
