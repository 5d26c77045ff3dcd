/** What the inspector knows of one event, of its life, and of rows that could not be used. */
export const EVENT = {
  id: 1_300_000_208,
  foundIn: "state",
  owner: { replica: "replica-1", thread: "StreamThread-2", task: "1_3" },
  status: "complete",
  sentence: "ALGERIA consulted with ITALY in Algeria, reported by ap.org and 51 other sources.",
  event: {
    global_event_id: 1300000208,
    actor1_name: "ALGERIA",
    source_url: "https://news.example/a",
    themes: ["PEACE_TALKS"],
    goldstein_scale: null,
  },
  mentionCount: 2,
  mentions: [
    { identifier: "https://news.example/a", source: "news.example", confidence: 80 },
    { identifier: "https://other.example/b", source: "other.example", confidence: 20 },
  ],
  documents: [{ identifier: "https://news.example/a", title: "Talks", tone: -3.8 }],
};

export const AUDIT = {
  id: EVENT.id,
  steps: [
    { at: "2026-01-01T12:00:00.000Z", state: "WAITING", reason: null, where: "lake" },
    {
      ...{ at: "2026-01-01T12:15:00.000Z", state: "SILVER_COMPLETE" },
      ...{ reason: "mention joined", where: "state" },
    },
  ],
  unasked: [],
};

export const DEAD_LETTERS = {
  total: 12345,
  uncounted: [],
  byReason: [
    { stream: "events", reason: "field_count", rows: 12000 },
    { stream: "gkg", reason: "bad_date", rows: 345 },
  ],
  samples: [
    {
      ...{ stream: "events", reason: "field_count", detail: "58 fields where 61 are due" },
      ...{
        topic: "gdelt.events",
        partition: 2,
        offset: 4711,
        at: "2026-01-01T12:01:40.000Z",
        slice: "2026-01-01T12:00:00.000Z",
      },
      ...{ text: "1300000208\t20260101\t<b>bold</b>", bytes: 512 },
    },
  ],
};

export const ANSWERS = {
  "/events/1300000208": EVENT,
  "/audit/1300000208": AUDIT,
  "/dead-letters": DEAD_LETTERS,
};
