import {
  type AnalysisFilter,
  analysisFilter,
  DAYS_DEFAULT,
  filterQuery,
} from "./analysis-filter.ts";

export const MEASURES = ["events", "tone", "goldstein"] as const;
/** What the map shows. */
export type Measure = (typeof MEASURES)[number];

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

/** All that a person has chosen, and what the address says. */
export interface View extends AnalysisFilter {
  readonly measure: Measure;
  readonly language: Language;
}

const EVERYTHING: AnalysisFilter = { days: DAYS_DEFAULT, to: null, country: null, theme: null };

/** What an address says; what it says wrongly is as if it were not said. */
export function viewOf(search: string, preferred: string): View {
  const query = new URLSearchParams(search);
  const filter = analysisFilter(query);
  const usual = preferred.startsWith("ko") ? "ko" : "en";
  return {
    ...(typeof filter === "string" ? EVERYTHING : filter),
    measure: MEASURES.find((one) => one === query.get("map")) ?? "events",
    language: LANGUAGES.find((one) => one === query.get("lang")) ?? usual,
  };
}

/** The address of a view, from its `?` on. The language is always said: who is sent it may have another. */
export function searchOf(view: View): string {
  const query = new URLSearchParams(filterQuery(view));
  if (view.measure !== "events") query.set("map", view.measure);
  query.set("lang", view.language);
  return `?${query}`;
}
