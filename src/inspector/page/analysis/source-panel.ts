import { type ComponentChild, h } from "preact";
import { panelTitle, table } from "../elements.ts";
import type { SourceShare } from "./contract.ts";
import { percentText, wholeText } from "./number-words.ts";
import type { Shown } from "./page-state.ts";

/** Whose reports it is all made of. */
export function sourcePanel({ analysis: { sources }, words, view }: Shown): ComponentChild {
  const rowsOf = (kind: SourceShare["kind"]) =>
    sources
      .filter((source) => source.kind === kind)
      .map(({ name, mentions, share }) => [
        h(
          "span",
          { class: "name-and-bar" },
          h("span", null, kind === "language" ? languageName(name, view.language) : name),
          h(
            "span",
            { class: "bar-of", "aria-hidden": "true" },
            h("span", { style: { width: `${100 * Math.min(1, share)}%` } }),
          ),
        ),
        wholeText(mentions, view.language),
        percentText(share, 1),
      ]);
  const columns = [`#${words.mentionCount}`, `#${words.share}`];
  return h(
    "div",
    null,
    panelTitle("sources", words.sources),
    h("p", { class: "quiet" }, words.sourcesHint),
    sources.length === 0
      ? h("p", { class: "empty" }, words.nothing)
      : [
          table({
            caption: words.source,
            columns: [words.source, ...columns],
            rows: rowsOf("source"),
          }),
          table({
            caption: words.languageOf,
            columns: [words.languageOf, ...columns],
            rows: rowsOf("language"),
          }),
        ],
  );
}

/** A code of three letters in words; itself where nobody has a word for it. */
function languageName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
