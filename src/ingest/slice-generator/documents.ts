import type { Random } from "./random.ts";
import {
  CITATIONS,
  DEEDS,
  ORGANIZATIONS,
  PERSONS,
  PLACES,
  type Place,
  SOURCES,
  SUBJECTS,
} from "./vocabulary.ts";

/** An article: what its mentions and its GKG row have in common. */
export interface Document {
  /** 1 WEB, 2 CITATIONONLY. */
  readonly type: 1 | 2;
  readonly source: string;
  /** Address or citation text: `MentionIdentifier` and `V2DocumentIdentifier`, byte for byte. */
  readonly identifier: string;
  readonly title: string;
  readonly subject: (typeof SUBJECTS)[number];
  readonly words: number;
  /** Tone, positive, negative, polarity, activity and self references, as GDELT writes them. */
  readonly tones: readonly string[];
  readonly places: readonly Place[];
  readonly persons: readonly string[];
  readonly organizations: readonly string[];
  /** `srclc:fra;eng:GT-FRA 1.0`, or empty for an English text. */
  readonly translation: string;
}

export interface DocumentSpec {
  readonly stamp: string;
  /** Unique among the documents of the stream. */
  readonly name: string;
  readonly translation: boolean;
  readonly shares: {
    readonly citations: number;
    readonly plainHttp: number;
    readonly explicitPort: number;
  };
}

export function makeDocument(random: Random, spec: DocumentSpec): Document {
  const { shares } = spec;
  const citation = !spec.translation && random.chance(shares.citations);
  const source = citation ? "BBC Monitoring" : random.pick(SOURCES);
  const subject = random.pick(SUBJECTS);
  const places = random.sample(PLACES, random.chance(0.79) ? random.between(1, 4) : 0);
  const persons = random.sample(PERSONS, random.chance(0.75) ? random.between(1, 6) : 0);
  const city = places[0]?.name.split(",")[0] ?? "the capital";
  const who = `${persons[0] ?? "Minister"} ${random.pick(DEEDS)[3]} protesters`;
  const title = `${who} over ${subject[0]} in ${city}`;
  const words = Math.max(20, Math.round(random.logNormal(353, 0.68)));
  return {
    type: citation ? 2 : 1,
    source,
    identifier: citation ? random.pick(CITATIONS) : address(random, source, title, spec),
    title,
    subject,
    words,
    tones: makeTones(random, words),
    places,
    persons,
    organizations: random.sample(ORGANIZATIONS, random.chance(0.75) ? random.between(1, 5) : 0),
    translation: spec.translation ? random.pick(TRANSLATIONS) : "",
  };
}

const TRANSLATIONS = [
  "srclc:fra;eng:GT-FRA 1.0",
  "srclc:spa;eng:GT-SPA 1.0",
  "srclc:ces;eng:Moses 2.1.1 / MosesCore Europarl cs-en / GT-CES 1.0",
];

function address(random: Random, source: string, title: string, spec: DocumentSpec): string {
  const { stamp, name, shares } = spec;
  const scheme = random.chance(shares.plainHttp) ? "http" : "https";
  const port = scheme === "https" && random.chance(shares.explicitPort) ? ":443" : "";
  const day = `${stamp.slice(0, 4)}/${stamp.slice(4, 6)}/${stamp.slice(6, 8)}`;
  // As seen in the feeds: mostly ASCII, some percent-encoded, a few with the letters themselves.
  const words = title.toLowerCase().replaceAll(/[^\p{L}\d]+/gu, "-");
  const form = random.next();
  const slug =
    form < 0.9 ? words.replaceAll(/[^a-z\d-]/g, "") : form < 0.97 ? encodeURI(words) : words;
  return `${scheme}://www.${source}${port}/news/${day}/${slug}-${name}.html`;
}

/** Shares of words, in percent: rational numbers with all their digits, as in the feeds. */
function makeTones(random: Random, words: number): string[] {
  const percent = (count: number) => String(Number(((100 * count) / words).toPrecision(15)));
  const positive = random.below(Math.ceil(words / 14));
  const negative = random.below(Math.ceil(words / 12));
  return [
    percent(positive - negative),
    percent(positive),
    percent(negative),
    percent(positive + negative),
    percent(random.between(Math.floor(words / 5), Math.floor(words / 3.5))),
    percent(random.below(Math.ceil(words / 40))),
  ];
}
