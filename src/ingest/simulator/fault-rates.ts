import { ConfigError } from "../../record/errors.ts";

/** What may be wrong with a file, as it has been with GDELT's. */
export const FAULT_KINDS = [
  "missing",
  "listed-404",
  "late",
  "truncated",
  "bad-md5",
  "duplicate",
  "malformed",
  "zero",
  "collapsed",
  "flaky",
  "html",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Of the files: the share which has the fault; of `collapsed`, of the GKG files. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

/** The rate of each kind when `all` are asked for without one. */
const RATE_OF_ALL = 0.02;

/**
 * Reads `missing=0.05,late=0.1`, or `all`, or `all=0.03,html=0`; later parts outdo earlier ones.
 * @throws ConfigError for kinds that are none, rates that are none, and more than 1 of all files.
 */
export function parseFaultRates(text: string): FaultRates {
  const rates: Partial<Record<FaultKind, number>> = {};
  for (const part of text.split(",")) {
    const [name = "", value] = part.trim().split("=");
    const kinds = name === "all" ? FAULT_KINDS : FAULT_KINDS.filter((kind) => kind === name);
    if (kinds.length === 0) throw wrong(`"${name}" is none of all, ${FAULT_KINDS.join(", ")}`);
    const rate = name === "all" && value === undefined ? RATE_OF_ALL : rateOf(name, value);
    for (const kind of kinds) rates[kind] = rate;
  }
  const sum = Object.values(rates).reduce((total, rate) => total + rate, 0);
  if (sum > 1 + 1e-9) {
    throw wrong(`a file has one fault at most, but the rates add up to ${sum.toFixed(3)}`);
  }
  return rates;
}

function rateOf(name: string, text: string | undefined): number {
  const rate = text?.trim() ? Number(text) : Number.NaN;
  if (rate >= 0 && rate <= 1) return rate;
  throw wrong(`${name} takes a rate from 0 to 1, as ${name}=0.05 does, not "${text ?? ""}"`);
}

const wrong = (problem: string): ConfigError => new ConfigError(`--faults: ${problem}`);
