import { type ComponentChild, type ComponentChildren, h } from "preact";
import { type Health, MARKS } from "./lag-watch.ts";

/** An address that may be a link; what is not of the web is text. */
export function webAddress(text: unknown): string | null {
  if (typeof text !== "string" || !/^https?:\/\//i.test(text)) return null;
  return URL.parse(text)?.href ?? null;
}

/** A link away from here, which tells nobody where it came from. */
export const away = (address: string, label: ComponentChild): ComponentChild =>
  h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);

/** The title of a panel, and what one can do with it. */
export const panelTitle = (
  id: string,
  title: string,
  ...right: ComponentChildren[]
): ComponentChild =>
  h(
    "div",
    { class: "title" },
    h("h2", { id: `${id}-title` }, title),
    right.length === 0 ? null : h("div", { class: "right" }, right),
  );

export const mark = (health: Health): ComponentChild =>
  h("span", { class: `mark ${health}`, "aria-hidden": "true" }, MARKS[health].mark);

/** A health in its shape and in words. */
export const healthText = (health: Health): ComponentChild =>
  h("span", null, mark(health), " ", MARKS[health].word);

export const facts = (all: readonly (readonly [string, ComponentChild])[]): ComponentChild =>
  h(
    "dl",
    { class: "facts-list" },
    all.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );

export interface TableOf {
  readonly caption: string;
  /** Those of numbers begin with `#`. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ComponentChild[])[];
}

export function table({ caption, columns, rows }: TableOf): ComponentChild {
  const isNumber = columns.map((column) => column.startsWith("#"));
  const of = (i: number) => (isNumber[i] ? { class: "number" } : null);
  return h(
    "div",
    { class: "scrolls", tabIndex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      null,
      h("caption", null, caption),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map((column, i) => h("th", { scope: "col", ...of(i) }, column.replace("#", ""))),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            null,
            row.map((cell, i) => h("td", of(i), cell)),
          ),
        ),
      ),
    ),
  );
}

/** Anything that an answer holds, as text. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
