import { RecordError } from "../record/errors.ts";

/**
 * The sub-formats inside of GKG fields, from bytes to plain objects. Lists usually end with their
 * delimiter, so an empty last block is none. An empty field is an empty list.
 *
 * This is for people who look at single documents; the pipeline distils what it needs without a
 * string (`document-context.ts`). A block which does not follow its grammar is a `RecordError`.
 */

/** A name and where in the article it was found. */
export interface NameAt {
  readonly name: string;
  /** Approximate character offset; null where the block has none. */
  readonly offset: number | null;
}

export interface Place {
  /** 1 country, 2 US state, 3 US city, 4 world city, 5 world state. */
  readonly type: number | null;
  readonly fullname: string;
  /** FIPS 10-4. */
  readonly countryCode: string;
  readonly adm1Code: string;
  readonly lat: number | null;
  readonly long: number | null;
  readonly featureId: string;
}

export interface PlaceAt extends Place {
  readonly adm2Code: string;
  readonly offset: number | null;
}

/** "12 protesters arrested": a count of a kind of object, and where. */
export interface Count {
  readonly type: string;
  readonly count: number | null;
  readonly object: string;
  readonly place: Place;
  /** Only in V2Counts. */
  readonly offset: number | null;
}

export interface Tone {
  readonly tone: number;
  readonly positive: number;
  readonly negative: number;
  readonly polarity: number;
  readonly activityReferenceDensity: number;
  readonly selfGroupReferenceDensity: number;
  readonly wordCount: number;
}

/** A date mentioned in the text; 0 where the resolution leaves a part out. */
export interface DateMention {
  /** 1 year, 2 month and year, 3 full date, 4 month and day. */
  readonly resolution: number | null;
  readonly month: number | null;
  readonly day: number | null;
  readonly year: number | null;
  readonly offset: number | null;
}

export interface Quotation {
  readonly offset: number | null;
  readonly length: number | null;
  readonly verb: string;
  readonly quote: string;
}

export interface Amount {
  readonly amount: number | null;
  readonly object: string;
  readonly offset: number | null;
}

type Parse<T> = (bytes: Uint8Array, start: number, end: number) => T;

export const fieldText = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString();

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberOf(text: string, block: string): number {
  if (!NUMBER.test(text)) throw new RecordError(`"${text}" is not a number, in "${block}"`);
  return Number(text);
}

const numberOrNull = (text: string, block: string): number | null =>
  text === "" ? null : numberOf(text, block);

function blocks(text: string, delimiter: string): string[] {
  return text.split(delimiter).filter((block) => block !== "");
}

const listOf =
  <T>(delimiter: string, parse: (block: string) => T): Parse<readonly T[]> =>
  (bytes, start, end) =>
    blocks(fieldText(bytes, start, end), delimiter).map(parse);

/** `NAME;NAME;`, and URLs likewise. */
export const parseNames = listOf(";", (name) => name);

/** `Name,offset;`: a name may hold commas, so the last one divides. */
export const parseOffsetNames = listOf(";", (block): NameAt => {
  const comma = block.lastIndexOf(",");
  if (comma < 0) return { name: block, offset: null };
  return { name: block.slice(0, comma), offset: numberOrNull(block.slice(comma + 1), block) };
});

/**
 * The `#`-separated parts of a block with coordinates at `lat` and after it. Real data holds places
 * like `0#Georgia, , Georgia#GG#GG#42#.5#1#GG`, whose coordinates were cut up: these are null then,
 * and what lies left and right of them keeps its place.
 */
function placeParts(block: string, count: number, lat: number): string[] {
  const all = block.split("#");
  const surplus = all.length - count;
  if (surplus < 0) throw new RecordError(`${all.length} of ${count} parts in "${block}"`);
  if (surplus > 0) all.splice(lat, 2 + surplus, "", "");
  return all;
}

function placeOf(at: readonly string[], block: string): Place {
  const [type, fullname, countryCode, adm1Code, lat, long, featureId] = at;
  return {
    type: numberOrNull(type!, block),
    fullname: fullname!,
    countryCode: countryCode!,
    adm1Code: adm1Code!,
    lat: numberOrNull(lat!, block),
    long: numberOrNull(long!, block),
    featureId: featureId!,
  };
}

/** V1: `type#fullname#country#adm1#lat#long#featureId;` */
export const parseLocations = listOf(";", (block) => placeOf(placeParts(block, 7, 4), block));

/** V2: `type#fullname#country#adm1#adm2#lat#long#featureId#offset;` */
export const parseOffsetLocations = listOf(";", (block): PlaceAt => {
  const at = placeParts(block, 9, 5);
  const [adm2Code] = at.splice(4, 1);
  return { ...placeOf(at, block), adm2Code: adm2Code!, offset: numberOrNull(at[7]!, block) };
});

/** `TYPE#count#object#` and a V1 place, in V2 with `#offset`: the offset tells them apart. */
const countOf =
  (length: number) =>
  (block: string): Count => {
    const at = placeParts(block, length, 7);
    return {
      type: at[0]!,
      count: numberOrNull(at[1]!, block),
      object: at[2]!,
      place: placeOf(at.slice(3, 10), block),
      offset: length === 11 ? numberOrNull(at[10]!, block) : null,
    };
  };

export const parseCounts = listOf(";", countOf(10));
export const parseOffsetCounts = listOf(";", countOf(11));

/** Seven comma-separated numbers; null when the field is empty. */
export const parseTone: Parse<Tone | null> = (bytes, start, end) => {
  const text = fieldText(bytes, start, end);
  if (text === "") return null;
  const numbers = text.split(",").map((part) => numberOf(part, text));
  if (numbers.length !== 7) throw new RecordError(`${numbers.length} of 7 numbers in "${text}"`);
  return {
    tone: numbers[0]!,
    positive: numbers[1]!,
    negative: numbers[2]!,
    polarity: numbers[3]!,
    activityReferenceDensity: numbers[4]!,
    selfGroupReferenceDensity: numbers[5]!,
    wordCount: numbers[6]!,
  };
};

/** `resolution#month#day#year#offset;` (the codebook says commas; the data says otherwise). */
export const parseDates = listOf(";", (block): DateMention => {
  const at = block.split("#").map((part) => numberOrNull(part, block));
  if (at.length !== 5) throw new RecordError(`${at.length} of 5 parts in "${block}"`);
  return { resolution: at[0]!, month: at[1]!, day: at[2]!, year: at[3]!, offset: at[4]! };
});

/** `wc:125,c2.21:4,v10.1:3.2`: by dimension; `c` counts words, `v` is a score. */
export const parseGcam: Parse<ReadonlyMap<string, number>> = (bytes, start, end) =>
  new Map(
    blocks(fieldText(bytes, start, end), ",").map((block) => {
      const colon = block.indexOf(":");
      return [block.slice(0, colon), numberOf(block.slice(colon + 1), block)];
    }),
  );

/** `offset|length|verb|quote`, divided by `#`: one inside a quote begins no block of that form. */
export const parseQuotations: Parse<readonly Quotation[]> = (bytes, start, end) => {
  const text = fieldText(bytes, start, end);
  if (text === "") return [];
  return text.split(/#(?=\d+\|\d+\|)/).map((block) => {
    const found = /^(\d*)\|(\d*)\|([^|]*)\|(.*)$/s.exec(block);
    if (found === null) throw new RecordError(`"${block}" is not offset|length|verb|quote`);
    return {
      offset: numberOrNull(found[1]!, block),
      length: numberOrNull(found[2]!, block),
      verb: found[3]!,
      quote: found[4]!,
    };
  });
};

/** `number,object,offset;`: the object lies between the first comma and the last. */
export const parseAmounts = listOf(";", (block): Amount => {
  const first = block.indexOf(",");
  const last = block.lastIndexOf(",");
  if (first === last) throw new RecordError(`"${block}" is not number,object,offset`);
  return {
    amount: numberOrNull(block.slice(0, first), block),
    object: block.slice(first + 1, last),
    offset: numberOrNull(block.slice(last + 1), block),
  };
});
