import type { GrowableBytes } from "../../gdelt/growable-bytes.ts";
import type { Random } from "./random.ts";

/** Dictionaries and how many dimensions each has, as counted; `v` ones hold scores. */
const DICTIONARIES: readonly (readonly [name: string, dimensions: number])[] = [
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

interface Dimension {
  /** `,c2.21:` */
  readonly label: Uint8Array;
  readonly isScore: boolean;
}

const DIMENSIONS: readonly Dimension[] = DICTIONARIES.flatMap(([name, dimensions]) =>
  Array.from({ length: dimensions }, (_, i) => ({
    label: Buffer.from(`,${name}.${i + 1}:`),
    isScore: name.startsWith("v"),
  })),
);

/** A label, and a count or a score. */
const ENTRY_BYTES_MAX = 32;

/**
 * The GCAM column: of about so many dimensions, every so manyth from a random one on, how many words
 * of the article count for it, or a score. Scores have as many digits as real ones.
 */
export function writeGcam(
  out: GrowableBytes,
  random: Random,
  words: number,
  entries: number,
): void {
  const step = Math.max(1, DIMENSIONS.length / Math.max(1, entries));
  out.reserve(ENTRY_BYTES_MAX * (2 + Math.ceil(DIMENSIONS.length / step)));
  const { bytes } = out;
  let to = writeText(bytes, out.length, `wc:${words}`);
  for (let at = random.next() * step; at < DIMENSIONS.length; at += step) {
    const { label, isScore } = DIMENSIONS[Math.floor(at)]!;
    for (let i = 0; i < label.length; i++) bytes[to++] = label[i]!;
    const luck = random.next();
    const count = Math.ceil(words * 0.15 * luck * luck * luck * luck) || 1;
    to = isScore
      ? writeText(bytes, to, (count / words).toPrecision(12))
      : writeCount(bytes, to, count);
  }
  out.length = to;
}

function writeText(bytes: Uint8Array, at: number, ascii: string): number {
  for (let i = 0; i < ascii.length; i++) bytes[at + i] = ascii.charCodeAt(i);
  return at + ascii.length;
}

function writeCount(bytes: Uint8Array, at: number, count: number): number {
  let digits = 1;
  for (let rest = count; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  let rest = count;
  for (let i = at + digits - 1; i >= at; i--) {
    bytes[i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits;
}
