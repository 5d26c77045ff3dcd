import { ENGLISH_FEEDS, type Feed, TRANSLATION_FEEDS } from "../../gdelt/feeds.ts";
import { Random } from "../slice-generator/random.ts";
import { FAULT_KINDS, type FaultKind, type FaultRates } from "./fault-rates.ts";

/**
 * What is wrong with one file. `slicesLater` counts from the file's own slice to the one with whose
 * publication it is put right. `missing`, `listed-404`, `zero` and `collapsed` lose rows; after the
 * others a follower has all that it would have had without them.
 */
export type FileFault =
  /** Not listed, and 404 for ever. */
  | { readonly kind: "missing" }
  /** In the lists with size and MD5, and 404 for ever. */
  | { readonly kind: "listed-404" }
  /** 404 until then; in the lists from the beginning, or from then on. */
  | { readonly kind: "late"; readonly slicesLater: number; readonly listedAtOnce: boolean }
  /**
   * Only this share of its bytes. Null: in the first answer only, the lists name the whole file.
   * Else the lists name what is left of it, until the whole one is there and listed once more.
   */
  | { readonly kind: "truncated"; readonly share: number; readonly slicesLater: number | null }
  /** The file is good, its line is not until a corrected one is listed. */
  | { readonly kind: "bad-md5"; readonly slicesLater: number }
  /** So many of its rows (or all, if they are fewer) come again at its end; and so does its line. */
  | { readonly kind: "duplicate"; readonly rows: number }
  /** So many rows that cannot be read, between its own ones; none in a file without rows. */
  | { readonly kind: "malformed"; readonly rows: number }
  /** A zip with an empty file. */
  | { readonly kind: "zero" }
  /** Only its first so many rows. */
  | { readonly kind: "collapsed"; readonly rows: number }
  /** The first answer is an error, is broken off, or takes `waitMs`. */
  | { readonly kind: "flaky"; readonly how: "500" | "503" | "reset" }
  | { readonly kind: "flaky"; readonly how: "slow"; readonly waitMs: number }
  /** The first answer is a web page, with status 200. */
  | { readonly kind: "html" };

export interface FaultSpec {
  readonly seed: number;
  readonly rates: FaultRates;
  /** Slices of the run; null: it goes on for ever. */
  readonly slices: number | null;
}

/** Slices that pass, at most, until what can be put right is. */
export const SLICES_LATER_MAX = 4;

/**
 * The faults of a slice's files, by feed; the feeds of both streams. A file without one is not in it.
 * The same for the same spec and slice, so that whoever has followed can be told from what was served.
 */
export function faultPlan(spec: FaultSpec, slice: number): ReadonlyMap<string, FileFault> {
  const faults = new Map<string, FileFault>();
  for (const feeds of [ENGLISH_FEEDS, TRANSLATION_FEEDS]) {
    const random = new Random(spec.seed, slice, feeds[0]!.translation ? 12 : 11);
    // Half of the files that are missing are so because their slice is.
    const missing = spec.rates.missing ?? 0;
    const sliceMissing = random.chance(missing / 2);
    const rates = { ...spec.rates, missing: missing / 2 / (1 - missing / 2) };
    for (const feed of feeds) {
      const kind = pickKind(random, rates, feed);
      const fault = kind === null ? null : makeFault(kind, random, slicesLeft(spec, slice));
      if (sliceMissing) faults.set(feed.name, { kind: "missing" });
      else if (fault !== null) faults.set(feed.name, fault);
    }
  }
  return faults;
}

const slicesLeft = ({ slices }: FaultSpec, slice: number): number =>
  slices === null ? SLICES_LATER_MAX : Math.min(SLICES_LATER_MAX, slices - 1 - slice);

function pickKind(random: Random, rates: FaultRates, feed: Feed): FaultKind | null {
  let left = random.next();
  for (const kind of FAULT_KINDS) {
    if (kind === "collapsed" && feed.kind !== "gkg") continue;
    left -= rates[kind] ?? 0;
    if (left < 0) return kind;
  }
  return null;
}

/** Null for what could not be put right any more before the run ends. */
function makeFault(kind: FaultKind, random: Random, left: number): FileFault | null {
  const slicesLater = left > 0 ? random.between(1, left) : null;
  switch (kind) {
    case "missing":
    case "listed-404":
    case "zero":
    case "html":
      return { kind };
    case "late":
      return slicesLater === null ? null : { kind, slicesLater, listedAtOnce: random.chance(0.5) };
    case "bad-md5":
      return slicesLater === null ? null : { kind, slicesLater };
    case "truncated": {
      const share = 0.1 + 0.8 * random.next();
      return { kind, share, slicesLater: random.chance(0.5) ? null : slicesLater };
    }
    case "duplicate":
      return { kind, rows: random.between(1, 40) };
    case "malformed":
      return { kind, rows: random.between(1, 10) };
    case "collapsed":
      return { kind, rows: random.between(1, 13) };
    case "flaky": {
      const how = random.pick(["500", "503", "reset", "slow"] as const);
      return how === "slow" ? { kind, how, waitMs: random.between(500, 3000) } : { kind, how };
    }
  }
}
