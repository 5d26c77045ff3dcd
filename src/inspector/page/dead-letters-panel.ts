import { type ComponentChild, h } from "preact";
import type { DeadLetterSample } from "../dead-letter-sample.ts";
import type { DeadLetters } from "./contract.ts";
import { panelTitle, table } from "./elements.ts";
import type { Model } from "./model.ts";
import { bytes, count, when } from "./number-text.ts";

/** Rows that could not be used: how many, why, and some of them as they came. */
export const deadLettersPanel = ({ deadLetters }: Model): ComponentChild =>
  h(
    "div",
    null,
    panelTitle("dead-letters", "Dead letters"),
    deadLetters?.kind === "found"
      ? samplesOf(deadLetters.value)
      : h("p", { class: "empty" }, missing(deadLetters)),
  );

function missing(asked: Exclude<Model["deadLetters"], { kind: "found" }>): string {
  if (asked === null) return "They are asked for.";
  return asked.kind === "absent"
    ? "They are not served here. The dead_letter table has every row with its bytes."
    : `They cannot be shown: ${asked.reason}.`;
}

const reasons = (
  caption: string,
  all: readonly { readonly stream: string; readonly reason: string; readonly rows: number }[],
): ComponentChild =>
  table({
    caption,
    columns: ["Stream", "Reason", "#Rows"],
    rows: all.map(({ stream, reason, rows }) => [stream, reason, count(rows)]),
  });

function samplesOf({ total, byReason, uncounted, samples }: DeadLetters): ComponentChild {
  if (total === 0 && samples.length === 0)
    return h("p", { class: "empty" }, "None: every row could be used.");
  return h(
    "div",
    null,
    reasons(`${count(total)} in all, by reason`, byReason),
    uncounted.length === 0
      ? null
      : h("p", { class: "quiet" }, `Not in the sum: those of ${uncounted.join(", ")}.`),
    h("h3", null, `The newest ${samples.length}`),
    samples.map(sample),
  );
}

const sample = (of: DeadLetterSample, i: number): ComponentChild =>
  h(
    "details",
    { key: `${of.topic} ${of.partition} ${of.offset} ${i}` },
    h(
      "summary",
      null,
      `${of.stream}: ${of.reason}`,
      h("span", { class: "quiet" }, ` ${when(of.at ?? of.slice)}`),
    ),
    h("p", null, of.detail ?? ""),
    h(
      "p",
      { class: "quiet" },
      [
        of.topic === null ? null : `${of.topic}, partition ${of.partition}, offset ${of.offset}`,
        of.slice === null ? null : `slice ${when(of.slice)}`,
        of.bytes === null ? null : bytes(of.bytes),
      ]
        .filter((part) => part !== null)
        .join(" · "),
    ),
    h("pre", { tabIndex: 0, dir: "auto" }, of.text ?? ""),
  );
