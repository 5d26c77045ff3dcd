import type { CountryNews } from "./contract.ts";
import { wholeText } from "./number-words.ts";
import type { Language, Measure } from "./view.ts";

/** Classes of a measure: the style has a colour for each, `bin-events-0` and so on. */
export interface ColourScale {
  /** The class of a country; null: its value is not known. */
  readonly classOf: (country: CountryNews) => string | null;
  readonly legend: readonly { readonly className: string; readonly label: string }[];
}

/** Between the classes; what lies about zero is neither good nor bad. */
const LIMITS = {
  tone: [-5, -2.5, -1, 1, 2.5, 5],
  goldstein: [-3, -1.5, -0.5, 0.5, 1.5, 3],
} as const;

const EVENT_CLASSES = 6;

export function colourScale(
  measure: Measure,
  countries: readonly CountryNews[],
  language: Language,
): ColourScale {
  const limits = measure === "events" ? eventLimits(countries) : LIMITS[measure];
  const text = (value: number) =>
    measure === "events" ? wholeText(value, language) : signed(value);
  const className = (bin: number) => `bin-${measure}-${bin}`;
  return {
    classOf: (country) => {
      const value = country[measure];
      return value === null ? null : className(binOf(value, limits));
    },
    legend: Array.from({ length: limits.length + 1 }, (_, bin) => {
      const [low, high] = [limits[bin - 1], limits[bin]];
      const label =
        low === undefined ? `< ${text(high!)}` : high === undefined ? `≥ ${text(low)}` : text(low);
      return {
        className: className(bin),
        label: high === undefined || low === undefined ? label : `${label} –`,
      };
    }),
  };
}

const binOf = (value: number, limits: readonly number[]): number =>
  limits.filter((limit) => value >= limit).length;

/** A few countries have most of the news: each class is some times the one before. */
function eventLimits(countries: readonly CountryNews[]): number[] {
  const most = Math.max(10, ...countries.map(({ events }) => events));
  const limits = Array.from({ length: EVENT_CLASSES - 1 }, (_, i) =>
    rounded(most ** ((i + 1) / EVENT_CLASSES)),
  );
  return [...new Set(limits)];
}

/** To one digit. */
function rounded(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.max(2, Math.round(value / power) * power);
}

const signed = (value: number): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value)}`;
