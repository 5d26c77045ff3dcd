import type { Language } from "./view.ts";

const LOCALES: Readonly<Record<Language, string>> = { en: "en", ko: "ko" };

/** Numbers as people of a language write them. */
export const wholeText = (value: number, language: Language): string =>
  new Intl.NumberFormat(LOCALES[language], {
    maximumFractionDigits: value < 100 ? 1 : 0,
  }).format(value);

/** With its sign, which says most of it. */
export const signedText = (value: number | null, unknown: string): string =>
  value === null
    ? unknown
    : `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;

export const percentText = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
