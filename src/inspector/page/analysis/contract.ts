/** `/analysis/answer`: what Gold says of some news days, a country or a theme. Nothing in it is longer than it says. */
export interface Analysis {
  readonly run: GoldRun;
  /** News days that Gold has at all; null: none. */
  readonly known: { readonly first: string; readonly last: string } | null;
  readonly filter: AnsweredFilter;
  /** Of the whole world, whichever country is asked for; of the theme, if one is. */
  readonly countries: readonly CountryNews[];
  /** Of the country and theme, a row a news day. */
  readonly days: readonly DayNews[];
  /** Of the country, all themes. */
  readonly tones: readonly ToneStep[];
  /** Of the country, by the date of the events; 40 at the most. */
  readonly routes: readonly Route[];
  /** Of the newest day, by rise; of a country, by events. 20 at the most. */
  readonly themes: readonly ThemeNews[];
  /** By mentions; 20 at the most. */
  readonly stories: readonly Story[];
  /** 12 sources and 12 languages at the most. */
  readonly sources: readonly SourceShare[];
  readonly quality: Quality;
}

export interface GoldRun {
  readonly id: number;
  /** ISO 8601. */
  readonly finishedAt: string;
  readonly slicesClosed: number;
}

export interface AnsweredFilter {
  /** News days, both included; null: Gold has none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly country: string | null;
  readonly theme: string | null;
}

/** Events by QuadClass, and means of those of which they are known. */
interface News {
  readonly events: number;
  /** Verbal and material cooperation, verbal and material conflict. */
  readonly quads: readonly [number, number, number, number];
  readonly goldstein: number | null;
  readonly tone: number | null;
}

export interface CountryNews extends News {
  /** ISO 3166-1, three letters. */
  readonly code: string;
  readonly english: string;
  readonly korean: string;
}

export interface DayNews extends News {
  readonly day: string;
}

export interface ToneStep {
  /** Tones from this to below the next whole number; the first has all below, the last all above. */
  readonly from: number;
  readonly events: number;
}

export interface Route {
  /** Codes of the countries. */
  readonly from: string;
  readonly to: string;
  readonly events: number;
  readonly tone: number | null;
}

export interface ThemeNews {
  readonly theme: string;
  readonly events: number;
  /** Against the seven days before; null: without any, or of a country. */
  readonly expected: number | null;
  readonly rise: number | null;
  readonly isNew: boolean;
}

export interface Story {
  readonly id: string;
  readonly day: string;
  readonly country: string;
  readonly sentence: string;
  readonly mentions: number;
  readonly sources: number;
  readonly tone: number | null;
  readonly goldstein: number | null;
  readonly themes: readonly string[];
  readonly source: string | null;
  readonly url: string | null;
}

export interface SourceShare {
  readonly kind: "source" | "language";
  readonly name: string;
  readonly mentions: number;
  /** Of all mentions of the days, 0 to 1. */
  readonly share: number;
}

/** Of all countries and themes. */
export interface Quality {
  readonly events: number;
  readonly located: number;
  readonly complete: number;
  readonly themed: number;
  readonly mentions: number;
  readonly joined: number;
  readonly withContext: number;
}
