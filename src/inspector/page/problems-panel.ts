import { type ComponentChild, h } from "preact";
import type { GatheredState } from "../peers/gathering.ts";
import type { ProblemKind } from "../problem.ts";
import { mark } from "./elements.ts";
import type { Health } from "./lag-watch.ts";
import type { Model } from "./model.ts";
import { instant } from "./number-text.ts";

/** What whoever looks has to know first. */
interface Notice {
  readonly health: Health;
  readonly text: string;
}

const WORDS: Readonly<Record<ProblemKind, { readonly health: Health; readonly says: string }>> = {
  mart_down: { health: "down", says: "does not answer" },
  table_failing: { health: "stalled", says: "cannot be written" },
  task_failing: { health: "stalled", says: "fails and is tried again" },
  slice_missing: { health: "behind", says: "is missing" },
  file_rejected: { health: "behind", says: "cannot be used" },
  rows_unreadable: { health: "behind", says: "has rows that cannot be read" },
  slice_overdue: { health: "stalled", says: "is overdue" },
};

/** More than these say no more; the rest is counted. */
const SHOWN_MAX = 12;

/** All that is wrong, as soon as it is known. */
export function problemsPanel({ connected, state }: Model): ComponentChild {
  const all: readonly Notice[] = [
    ...(connected === "lost"
      ? [
          {
            health: "down" as const,
            text: "Nothing comes from the inspector: what is shown is how it was. It is asked again.",
          },
        ]
      : []),
    ...(state === null ? [] : [...mixed(state), ...unreachable(state), ...told(state)]),
  ];
  if (all.length === 0) return null;
  const more = all.length - SHOWN_MAX;
  return h(
    "div",
    null,
    all
      .slice(0, SHOWN_MAX)
      .map(({ health, text }) =>
        h("p", { class: "notice", key: text }, mark(health), h("span", null, text)),
      ),
    more > 0 ? h("p", { class: "notice" }, `And ${more} more.`) : null,
  );
}

function mixed({ topologies }: GatheredState): readonly Notice[] {
  if (topologies.length < 2) return [];
  const each = topologies.map(
    ({ hash, version, replicas }) => `${hash.slice(0, 8)} (${version}) on ${replicas.join(", ")}`,
  );
  const text =
    `Replicas run ${topologies.length} different topologies, and share no tasks with those of ` +
    `another: ${each.join("; ")}. While a new version is rolled out that is so for a while.`;
  return [{ health: "behind", text }];
}

const unreachable = ({ instances }: GatheredState): readonly Notice[] =>
  instances
    .filter(({ state }) => state === "UNREACHABLE")
    .map(({ replica, reason }) => ({
      health: "down",
      text: `${replica} does not answer${reason === null ? "" : `: ${reason}`}.`,
    }));

/** What the replicas say of themselves and of what they need; the same of several is said once. */
function told({ instances }: GatheredState): readonly Notice[] {
  const alike = Map.groupBy(
    instances.flatMap(({ replica, problems }) => problems.map((one) => ({ replica, ...one }))),
    ({ kind, about }) => `${kind} ${about}`,
  );
  return [...alike.values()].map((same) => {
    const { kind, about, reason } = same[0]!;
    const { health, says } = WORDS[kind];
    const since = Math.min(...same.map((one) => one.since ?? Infinity));
    // Not for how long: what changes is read aloud again.
    const begun = Number.isFinite(since) ? ` Since ${instant(since)} UTC.` : "";
    const text = `${about} ${says}: ${reason}.${begun}`;
    return { health, text: `${text[0]!.toUpperCase()}${text.slice(1)}` };
  });
}
