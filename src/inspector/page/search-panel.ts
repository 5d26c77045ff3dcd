import { type ComponentChild, h } from "preact";
import type { AuditStep, KnownEvent } from "./contract.ts";
import { away, facts, panelTitle, plainText, webAddress } from "./elements.ts";
import type { Actions, Model, Search } from "./model.ts";
import { when } from "./number-text.ts";

const ROWS_MAX = 50;
/** Of which the style shows what fits. */
const NAME_MAX = 300;
const TEXT_MAX = 2000;

/** The story of one event, by its number. */
export function searchPanel({ search }: Model, actions: Actions): ComponentChild {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem("event") as HTMLInputElement;
    actions.find(input.value.trim());
  };
  return h(
    "div",
    null,
    panelTitle("search", "One event"),
    h(
      "form",
      { class: "find", role: "search", onSubmit: submit },
      h("label", { for: "event", class: "quiet" }, "GlobalEventID"),
      h("input", {
        ...{ id: "event", name: "event", inputMode: "numeric", pattern: "\\d{1,19}" },
        ...{ required: true, autocomplete: "off", defaultValue: "" },
        title: "a number, as 1300000208",
      }),
      h("button", { class: "primary" }, "Find"),
    ),
    h("div", { role: "status" }, search === null ? intro() : outcome(search)),
  );
}

const intro = (): ComponentChild =>
  h("p", { class: "empty" }, "What became of it, who reported it, and what is missing.");

function outcome({ id, event }: Search): ComponentChild {
  if (event === null) return h("p", { class: "empty" }, `Looking for ${id} …`);
  if (event.kind === "failed") return h("p", { class: "notice" }, `${event.reason}.`);
  return event.kind === "absent"
    ? h("p", { class: "notice" }, `Nobody here knows event ${id}, or events are not served here.`)
    : h("p", { class: "empty" }, `Event ${id}`);
}

/** Beside the form: it is no live region, which would be read aloud as a whole. */
export function storyPanel({ search }: Model): ComponentChild {
  if (search?.event?.kind !== "found") return null;
  const { value } = search.event;
  const audit = search.audit?.kind === "found" ? search.audit.value.steps : [];
  return h(
    "div",
    { class: "story" },
    h("p", { class: "sentence", dir: "auto" }, value.sentence ?? "It has no sentence yet."),
    facts([
      ["Status", value.status],
      ["Found in", value.foundIn],
      ["Task", ownerOf(value)],
    ]),
    audit.length === 0 ? null : h("h3", null, "What happened"),
    audit.length === 0 ? null : h("ol", { class: "steps" }, audit.map(step)),
    listed("Mentions", value.mentions, value.mentionCount),
    listed("Documents", value.documents, value.documents.length),
    value.event === null
      ? null
      : h("details", null, h("summary", null, "All columns"), columns(value.event)),
  );
}

const ownerOf = ({ owner }: KnownEvent): string =>
  owner === null ? "–" : `${owner.task} of ${owner.thread} in ${owner.replica}`;

const step = ({ at, state, reason, where }: AuditStep): ComponentChild =>
  h(
    "li",
    null,
    h("strong", null, state),
    reason === null || reason === undefined ? "" : ` ${reason}`,
    h(
      "span",
      { class: "quiet" },
      ` ${when(at)}${where === null || where === undefined ? "" : ` · ${plainText(where)}`}`,
    ),
  );

type Row = Readonly<Record<string, unknown>>;

/** Rows of which `count` are known, one below the other; each opens to its columns. */
function listed(title: string, rows: readonly Row[], count: number): ComponentChild {
  if (count === 0) return null;
  const shown = rows.slice(0, ROWS_MAX);
  return h(
    "details",
    null,
    h("summary", null, `${title} (${count})`),
    shown.map((row, i) =>
      h(
        "details",
        { key: i, class: "inner" },
        h("summary", { dir: "auto" }, nameOf(row)),
        columns(row),
      ),
    ),
    count > shown.length ? h("p", { class: "quiet" }, `and ${count - shown.length} more`) : null,
  );
}

/** What tells a row from others: its address in the web, or whatever it has first. */
function nameOf(row: Row): string {
  const values = Object.values(row);
  const text = plainText(values.find((value) => webAddress(value) !== null) ?? values[0]);
  return text.slice(0, NAME_MAX);
}

const columns = (row: Row): ComponentChild =>
  facts(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, cell(value)]),
  );

/** A value as text; a link where it is an address of the web. */
function cell(value: unknown): ComponentChild {
  const text = plainText(value);
  const shown = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
  const address = webAddress(value);
  return address === null ? h("span", { dir: "auto" }, shown) : away(address, shown);
}
