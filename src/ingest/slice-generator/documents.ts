import type { Place } from "./nations.ts";
import type { Random } from "./random.ts";
import { type Deed, headline, pickDeed, type Story } from "./stories.ts";
import { CITATIONS, SOURCES } from "./vocabulary.ts";

/** An article: what its mentions and its GKG row have in common. */
export interface Document {
  readonly story: Story;
  /** What its headline speaks of. */
  readonly deed: Deed;
  /** 1 WEB, 2 CITATIONONLY. */
  readonly type: 1 | 2;
  readonly source: string;
  /** Address or citation text: `MentionIdentifier` and `V2DocumentIdentifier`, byte for byte. */
  readonly identifier: string;
  readonly title: string;
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
  readonly story: Story;
  readonly translation: boolean;
  readonly shares: {
    readonly citations: number;
    readonly plainHttp: number;
    readonly explicitPort: number;
  };
}

export function makeDocument(random: Random, spec: DocumentSpec): Document {
  const { shares, story } = spec;
  const citation = !spec.translation && random.chance(shares.citations);
  const source = citation ? "BBC Monitoring" : random.pick(SOURCES);
  const deed = pickDeed(random, story);
  const title = headline(random, deed, story);
  const words = Math.max(20, Math.round(random.logNormal(353, 0.68)));
  return {
    story,
    deed,
    type: citation ? 2 : 1,
    source,
    identifier: citation ? random.pick(CITATIONS) : address(random, source, title, spec),
    title,
    words,
    tones: makeTones(random, words, story.subject.mood),
    places: random.chance(0.79) ? [story.home, ...some(random, story.places, 0)] : [],
    persons: random.chance(0.75) ? some(random, story.persons, 1) : [],
    organizations: random.chance(0.75) ? some(random, story.organizations, 1) : [],
    translation: spec.translation ? random.pick(TRANSLATIONS) : "",
  };
}

const some = <T>(random: Random, items: readonly T[], least: number): T[] =>
  random.sample(items, random.between(least, items.length));

const TRANSLATIONS = [
  "srclc:fra;eng:GT-FRA 1.0",
  "srclc:spa;eng:GT-SPA 1.0",
  "srclc:ces;eng:Moses 2.1.1 / MosesCore Europarl cs-en / GT-CES 1.0",
];

const SLUG_CHARACTERS_MAX = 56;

function address(random: Random, source: string, title: string, spec: DocumentSpec): string {
  const { stamp, name, shares } = spec;
  const scheme = random.chance(shares.plainHttp) ? "http" : "https";
  const port = scheme === "https" && random.chance(shares.explicitPort) ? ":443" : "";
  const day = `${stamp.slice(0, 4)}/${stamp.slice(4, 6)}/${stamp.slice(6, 8)}`;
  // As seen in the feeds: mostly ASCII, some percent-encoded, a few with the letters themselves.
  const words = slug(title);
  const form = random.next();
  const spelled =
    form < 0.9 ? words.replaceAll(/[^a-z\d-]/g, "") : form < 0.97 ? encodeURI(words) : words;
  return `${scheme}://www.${source}${port}/${day}/${spelled}-${name}.html`;
}

function slug(title: string): string {
  const words = title.toLowerCase().replaceAll(/[^\p{L}\d]+/gu, "-");
  if (words.length <= SLUG_CHARACTERS_MAX) return words;
  return words.slice(0, words.lastIndexOf("-", SLUG_CHARACTERS_MAX));
}

/** Shares of words, in percent: rational numbers with all their digits, as in the feeds. */
function makeTones(random: Random, words: number, mood: number): string[] {
  const percent = (count: number) => String(Number(((100 * count) / words).toPrecision(15)));
  const good = 1 + Math.max(0, mood) / 3;
  const bad = 1 + Math.max(0, -mood) / 3;
  const positive = random.below(Math.ceil((words / 16) * good));
  const negative = random.below(Math.ceil((words / 14) * bad));
  return [
    percent(positive - negative),
    percent(positive),
    percent(negative),
    percent(positive + negative),
    percent(random.between(Math.floor(words / 5), Math.floor(words / 3.5))),
    percent(random.below(Math.ceil(words / 40))),
  ];
}
