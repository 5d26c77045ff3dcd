import type { GatheredState } from "../peers/gathering.ts";
import type { InputView } from "../state-view.ts";
import { type PlacedTask, tasksOf } from "./placed-tasks.ts";

/** How a task, a node or an edge is; the worst first. */
export const HEALTH = ["down", "stalled", "behind", "restoring", "ok"] as const;

export type Health = (typeof HEALTH)[number];

/** By shape and by word too, for whoever sees no colours. */
export const MARKS: Readonly<Record<Health, { readonly mark: string; readonly word: string }>> = {
  down: { mark: "✕", word: "not running" },
  stalled: { mark: "■", word: "stalled" },
  behind: { mark: "▲", word: "behind" },
  restoring: { mark: "◐", word: "restoring" },
  ok: { mark: "●", word: "keeping up" },
};

export const worst = (all: readonly Health[]): Health =>
  HEALTH.find((health) => all.includes(health)) ?? "ok";

/** So many looks, twenty seconds, before anything is said: between slices a lag comes and goes. */
const LOOKS = 10;

interface Look {
  readonly position: number;
  readonly lag: number;
}

/** Judges lag by how it goes, as Burrow does, and needs no thresholds. */
export class LagWatch {
  #looks = new Map<string, readonly Look[]>();

  take(state: GatheredState): void {
    const looks = new Map<string, readonly Look[]>();
    for (const { task } of tasksOf(state)) {
      for (const input of task.inputs) {
        const name = nameOf(input);
        const look = { position: input.position, lag: input.lagRecords };
        looks.set(name, [...(this.#looks.get(name) ?? []), look].slice(-LOOKS));
      }
    }
    this.#looks = looks;
  }

  input(input: InputView): Health {
    const looks = this.#looks.get(nameOf(input)) ?? [];
    if (looks.length < LOOKS || looks.some(({ lag }) => lag === 0)) return "ok";
    const [first, last] = [looks[0]!, looks.at(-1)!];
    if (last.position === first.position) return "stalled";
    return last.lag > first.lag ? "behind" : "ok";
  }

  task({ task: { state, inputs } }: PlacedTask): Health {
    if (state === "CLOSED") return "down";
    if (state !== "RUNNING") return "restoring";
    return worst(inputs.map((input) => this.input(input)));
  }
}

const nameOf = ({ node, topic, partition }: InputView): string => `${node} ${topic} ${partition}`;
