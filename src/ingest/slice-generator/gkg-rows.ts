import type { Document } from "./documents.ts";
import type { Random } from "./random.ts";
import {
  AMOUNTS,
  COMMON_THEMES,
  COUNT_TYPES,
  COUNTED,
  PLACES,
  type Place,
  QUOTES,
} from "./vocabulary.ts";

export interface GkgRowSpec {
  readonly recordId: string;
  readonly stamp: string;
  readonly document: Document;
  /** Entries of the GCAM column on average; it is most of a row. */
  readonly gcamEntries: number;
}

/** A row of the GKG file: 27 columns, with its newline. Columns are filled as often as measured. */
export function gkgRow(random: Random, spec: GkgRowSpec): string {
  const { recordId, stamp, document } = spec;
  const { type, source, identifier, words, tones, places, persons, organizations } = document;
  const themes = pickThemes(random, document);
  const counts = random.chance(0.15) ? countBlocks(random, places) : [];
  const image = `https://images.${source}/${stamp.slice(0, 6)}/${random.below(1e9)}.jpg`;
  const offset = () => random.below(words * 6);
  const offsets = (names: readonly string[], countMax: number) =>
    names.flatMap((name) => repeat(random.between(1, countMax), () => `${name},${offset()}`));
  const cells = [
    recordId,
    stamp,
    type,
    source,
    identifier,
    terminated(counts),
    terminated(counts.map((block) => `${block}#${offset()}`)),
    terminated(themes),
    terminated(offsets(themes, 3)),
    places.map(locationBlock).join(";"),
    places.map((place) => enhancedLocation(place, offset())).join(";"),
    persons.map((name) => name.toLowerCase()).join(";"),
    offsets(persons, 3).join(";"),
    organizations.map((name) => name.toLowerCase()).join(";"),
    (random.chance(0.96) ? offsets(organizations, 2) : []).join(";"),
    [...tones, words].join(","),
    random.chance(0.39) ? `4#${random.between(1, 12)}#${random.between(1, 28)}#0#${offset()}` : "",
    gcam(random, words, spec.gcamEntries),
    random.chance(0.85) ? image : "",
    random.chance(0.07) ? image : "",
    random.chance(0.03) ? `https://pic.social.example/${random.below(1e9)};` : "",
    random.chance(0.52) ? `https://video.example/embed/${random.below(1e9)};` : "",
    random.chance(0.2) ? quotation(random, offset()) : "",
    random.chance(0.94) ? offsets([...persons, ...organizations], 2).join(";") : "",
    random.chance(0.77) ? `${random.between(2, 900)},${random.pick(AMOUNTS)},${offset()};` : "",
    document.translation,
    extras(random, stamp, document),
  ];
  return `${cells.join("\t")}\n`;
}

const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const terminated = (blocks: readonly string[]): string =>
  blocks.map((block) => `${block};`).join("");

function pickThemes(random: Random, { subject }: Document): string[] {
  if (!random.chance(0.9)) return [];
  const [, ...themes] = subject;
  return [...themes, ...random.sample(COMMON_THEMES, random.between(1, COMMON_THEMES.length))];
}

const locationBlock = ({ type, name, country, adm1, lat, long, featureId }: Place): string =>
  [type, name, country, adm1, lat, long, featureId].join("#");

const enhancedLocation = (place: Place, offset: number): string => {
  const { type, name, country, adm1, adm2, lat, long, featureId } = place;
  return [type, name, country, adm1, adm2, lat, long, featureId, offset].join("#");
};

function countBlocks(random: Random, places: readonly Place[]): string[] {
  const at = places[0] ?? random.pick(PLACES);
  return random
    .sample(COUNT_TYPES, random.between(1, 3))
    .map((type) =>
      [type, random.between(1, 400), random.pick(COUNTED), locationBlock(at)].join("#"),
    );
}

function quotation(random: Random, offset: number): string {
  const quote = random.pick(QUOTES);
  return `${offset}|${quote.length}||${quote}`;
}

function extras(random: Random, stamp: string, { source, title }: Document): string {
  const links = `<PAGE_LINKS>https://www.${source}/about;https://www.${source}/more</PAGE_LINKS>`;
  const published = `<PAGE_PRECISEPUBTIMESTAMP>${stamp}</PAGE_PRECISEPUBTIMESTAMP>`;
  return [
    random.chance(0.6) ? links : "",
    random.chance(0.5) ? "<PAGE_AUTHORS>Staff &amp; Agencies</PAGE_AUTHORS>" : "",
    random.chance(0.48) ? published : "",
    `<PAGE_TITLE>${title} &#x2013; Live</PAGE_TITLE>`,
  ].join("");
}

/** Dictionaries and how many dimensions each has, as counted; `v` ones hold scores. */
const GCAM_DICTIONARIES: readonly (readonly [name: string, dimensions: number])[] = [
  ["c12", 14],
  ["c13", 14],
  ["c14", 11],
  ["c15", 277],
  ["c16", 168],
  ["c17", 44],
  ["c18", 257],
  ["c2", 228],
  ["c25", 11],
  ["c35", 33],
  ["c39", 41],
  ["c4", 28],
  ["c5", 62],
  ["c8", 43],
  ["c9", 1035],
  ["v10", 2],
  ["v19", 9],
  ["v20", 16],
  ["v42", 10],
];

const GCAM_DIMENSIONS = GCAM_DICTIONARIES.flatMap(([name, dimensions]) =>
  repeat(dimensions, () => name).map((_, i) => `,${name}.${i + 1}:`),
);

/** Every so manyth dimension, from a random one on; texts of scores are as long as real ones. */
function gcam(random: Random, words: number, entries: number): string {
  const step = Math.max(1, GCAM_DIMENSIONS.length / Math.max(1, entries));
  let text = `wc:${words}`;
  for (let at = random.next() * step; at < GCAM_DIMENSIONS.length; at += step) {
    const dimension = GCAM_DIMENSIONS[Math.floor(at)]!;
    const word = Math.ceil(words * 0.15 * random.next() ** 4) || 1;
    text += dimension + (dimension.startsWith(",v") ? (word / words).toPrecision(12) : word);
  }
  return text;
}
