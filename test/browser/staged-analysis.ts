import type { Analysis, CountryNews, Story } from "../../src/inspector/page/analysis/contract.ts";

const COUNTRIES = [
  ["USA", "United States", "미국", 4210, -2.1, 0.4],
  ["FRA", "France", "프랑스", 1312, 1.7, 1.2],
  ["KOR", "South Korea", "대한민국", 640, 0.3, 2.1],
  ["SDN", "Sudan", "수단", 222, -6.4, -4.2],
  ["SGP", "Singapore", "싱가포르", 41, null, null],
] as const;

const country = ([code, english, korean, events, tone, goldstein]: (typeof COUNTRIES)[number]) =>
  ({
    ...{ code, english, korean, events, tone, goldstein },
    quads: [events / 2, events / 4, events / 8, events / 8],
  }) satisfies CountryNews;

const story = (id: number, more: Partial<Story> = {}): Story => ({
  ...{ id: String(id), day: "2026-03-07", country: "FRA", mentions: 90 - id, sources: 12 },
  ...{ tone: -1.5, goldstein: 3.4, themes: ["PEACE_TALKS", "DIPLOMACY"], source: "news.example" },
  sentence: `FRANCE consulted with SOUTH KOREA in Paris — story ${id}.`,
  url: `https://news.example/${id}`,
  ...more,
});

/** An answer as Gold might give it, for what is asked. */
export function stagedAnalysis(query: URLSearchParams, stories = [story(1), story(2)]): Analysis {
  const [country1, theme] = [query.get("country"), query.get("theme")];
  const days = Number(query.get("days") ?? 7);
  const to = query.get("to") ?? "2026-03-07";
  const dayOf = (before: number) =>
    new Date(Date.parse(to) - before * 86_400_000).toISOString().slice(0, 10);
  const countries = COUNTRIES.map(country);
  const asked = countries.find(({ code }) => code === country1) ?? countries[0]!;
  return {
    run: { id: 12, finishedAt: "2026-03-07T12:30:40Z", slicesClosed: 640 },
    known: { first: "2026-01-01", last: "2026-03-07" },
    filter: { from: dayOf(days - 1), to, country: country1, theme },
    countries,
    days: Array.from({ length: days }, (_, i) => ({ ...asked, day: dayOf(days - 1 - i) })),
    tones: Array.from({ length: 20 }, (_, i) => ({
      from: i - 10,
      events: 400 - 30 * Math.abs(i - 8),
    })),
    routes: [
      { from: "USA", to: "FRA", events: 90, tone: -2 },
      { from: "FRA", to: "KOR", events: 30, tone: 2 },
    ],
    themes: [
      { theme: "PEACE_TALKS", events: 120, expected: 40, rise: 12.6, isNew: false },
      { theme: "NEW_THEME", events: 9, expected: 0, rise: 9, isNew: true },
    ],
    stories,
    sources: [
      { kind: "source", name: "news.example", mentions: 800, share: 0.4 },
      { kind: "language", name: "fra", mentions: 700, share: 0.35 },
    ],
    quality: {
      ...{ events: 7000, located: 6425, complete: 6600, themed: 6500 },
      ...{ mentions: 31_000, joined: 30_900, withContext: 29_000 },
    },
  };
}

export const stagedStory = story;
