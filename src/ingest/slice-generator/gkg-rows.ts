import { GrowableBytes } from "../../gdelt/growable-bytes.ts";
import type { Document } from "./documents.ts";
import { writeGcam } from "./gcam.ts";
import type { Place } from "./nations.ts";
import type { Random } from "./random.ts";
import { AMOUNTS, COMMON_THEMES, COUNT_TYPES, COUNTED, QUOTES } from "./vocabulary.ts";

export interface GkgRowSpec {
  readonly recordId: string;
  readonly stamp: string;
  readonly document: Document;
}

/**
 * Rows of the GKG file: 27 columns each, with their newline, filled as often as measured. They are
 * written as bytes, because a slice has ten million characters of them, nearly all of GCAM.
 */
export class GkgRows {
  readonly #out = new GrowableBytes();
  readonly #gcamEntries: number;

  /** Of so many documents, with so many entries in the GCAM column on average. */
  constructor(documents: number, gcamEntries: number) {
    this.#gcamEntries = gcamEntries;
    // Nearly always enough: growing would copy megabytes, and leave them to the garbage.
    this.#out.reserve(documents * (3800 + 11 * gcamEntries));
  }

  write(random: Random, spec: GkgRowSpec): void {
    const { before, after } = cellsAroundGcam(random, spec);
    this.#text(`${before.join("\t")}\t`);
    writeGcam(this.#out, random, spec.document.words, this.#gcamEntries);
    this.#text(`\t${after.join("\t")}\n`);
  }

  /** The rows written so far. */
  get bytes(): Buffer {
    const { bytes, length } = this.#out;
    return Buffer.from(bytes.buffer, 0, length);
  }

  #text(text: string): void {
    this.#out.reserve(text.length * 3);
    const { written } = encoder.encodeInto(text, this.#out.bytes.subarray(this.#out.length));
    this.#out.length += written;
  }
}

const encoder = new TextEncoder();

function cellsAroundGcam(random: Random, { recordId, stamp, document }: GkgRowSpec) {
  const { type, source, identifier, words, tones, places, persons, organizations } = document;
  const themes = pickThemes(random, document);
  const counts = random.chance(0.15) ? countBlocks(random, document) : [];
  const image = `https://images.${source}/photos/${stamp.slice(0, 6)}/${random.below(1e9)}`;
  const offset = () => random.below(words * 6);
  const several = <T>(items: readonly T[], countMax: number, block: (item: T) => string) =>
    items.flatMap((item) => repeat(random.between(1, countMax), () => block(item)));
  const offsets = (names: readonly string[], countMax: number) =>
    several(names, countMax, (name) => `${name},${offset()}`);
  return {
    before: [
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
      several(places, 5, (place) => enhancedLocation(place, offset())).join(";"),
      persons.map((name) => name.toLowerCase()).join(";"),
      offsets(persons, 2).join(";"),
      organizations.map((name) => name.toLowerCase()).join(";"),
      (random.chance(0.96) ? offsets(organizations, 2) : []).join(";"),
      [...tones, words].join(","),
      random.chance(0.39) ? dates(random, offset) : "",
    ],
    after: [
      random.chance(0.85) ? `${image}/a-view-of-${slugOf(document)}.jpg` : "",
      random.chance(0.07) ? `${image}.jpg;` : "",
      random.chance(0.03) ? `https://pic.social.example/${random.below(1e9)};` : "",
      random.chance(0.52) ? `https://video.example/embed/${random.below(1e9)};` : "",
      random.chance(0.2) ? quotation(random, offset()) : "",
      random.chance(0.94) ? offsets([...persons, ...organizations], 2).join(";") : "",
      random.chance(0.77) ? amounts(random, offset) : "",
      document.translation,
      extras(random, stamp, document),
    ],
  };
}

const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const terminated = (blocks: readonly string[]): string =>
  blocks.map((block) => `${block};`).join("");

/** Those of its story first, and some others, in every article different ones. */
function pickThemes(random: Random, { story }: Document): string[] {
  if (!random.chance(0.9)) return [];
  return [...story.subject.themes, ...random.sample(COMMON_THEMES, random.between(1, 34))];
}

/** Resolution (4: a whole date), month, day, year (0: unknown), offset. */
const dates = (random: Random, offset: () => number): string =>
  repeat(random.between(1, 4), () =>
    [4, random.between(1, 12), random.between(1, 28), 0, offset()].join("#"),
  ).join(";");

const amounts = (random: Random, offset: () => number): string =>
  terminated(
    repeat(random.between(1, 7), () =>
      [random.between(2, 900), random.pick(AMOUNTS), offset()].join(","),
    ),
  );

const slugOf = ({ story }: Document): string => story.subject.phrase.replaceAll(/[^a-z]+/g, "-");

const locationBlock = ({ type, name, country, adm1, lat, long, featureId }: Place): string =>
  [type, name, country, adm1, lat, long, featureId].join("#");

const enhancedLocation = (place: Place, offset: number): string => {
  const { type, name, country, adm1, adm2, lat, long, featureId } = place;
  return [type, name, country, adm1, adm2, lat, long, featureId, offset].join("#");
};

function countBlocks(random: Random, { places, story }: Document): string[] {
  const at = places[0] ?? story.home;
  return random
    .sample(COUNT_TYPES, random.between(2, 6))
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
