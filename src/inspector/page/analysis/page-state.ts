import type { Told } from "./answer-source.ts";
import type { Analysis, CountryNews } from "./contract.ts";
import type { View } from "./view.ts";
import { type Words, wordsOf } from "./words.ts";

/** What the panels are drawn from. */
export interface PageState {
  readonly view: View;
  readonly words: Words;
  /** null: nothing has been told yet. */
  readonly told: Told | null;
  /** What was told last, though something else may have been asked for since. */
  readonly analysis: Analysis | null;
  readonly isAsking: boolean;
  /** Queries of a page that was exported; null: any may be asked. */
  readonly queries: ReadonlySet<string> | null;
}

export const firstState = (view: View, queries: PageState["queries"]): PageState => ({
  ...{ view, words: wordsOf(view.language), told: null, analysis: null, isAsking: true, queries },
});

/** What a person can do. */
export interface Actions {
  readonly choose: (change: Partial<View>) => void;
  readonly unlock: (token: string) => void;
}

/** A panel that is only drawn when there is an answer. */
export interface Shown {
  readonly view: View;
  readonly words: Words;
  readonly analysis: Analysis;
  readonly queries: PageState["queries"];
  readonly choose: Actions["choose"];
}

export const nameOf = ({ english, korean }: CountryNews, { language }: View): string =>
  language === "ko" ? korean : english;

/** The name of a country by its code; the code of one that is not in the news. */
export function countryName(
  { analysis, view }: Pick<Shown, "analysis" | "view">,
  code: string,
): string {
  const found = analysis.countries.find((country) => country.code === code);
  return found === undefined ? code : nameOf(found, view);
}
