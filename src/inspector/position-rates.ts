import { partitionName } from "../record/record-batch.ts";
import type { InputStatus } from "../runtime/runner-status.ts";
import type { InspectedThread } from "./inspected.ts";

/** Over how long a rate is taken, and how close two looks may be to be worth keeping both. */
const WINDOW_MS = 15_000;
const APART_MS = 1000;

interface Look {
  readonly atMs: number;
  readonly positions: ReadonlyMap<string, number>;
}

/** How fast inputs are read, from looks at their positions: any number of them, by whoever asks. */
export class PositionRates {
  /** At most one for each second of the window, the oldest first; and the newest. */
  #looks: Look[] = [];
  #newest: Look | null = null;

  take(threads: readonly InspectedThread[], nowMs: number): void {
    const inputs = threads.flatMap(
      ({ report }) => report?.tasks.flatMap((task) => task.inputs) ?? [],
    );
    this.#newest = {
      atMs: nowMs,
      positions: new Map(inputs.map((input) => [nameOf(input), input.position])),
    };
    if (nowMs - (this.#looks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= APART_MS) {
      this.#looks.push(this.#newest);
    }
    this.#looks = this.#looks.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
  }

  /** Offsets per second; null: it was not looked at twice. */
  of(input: InputStatus): number | null {
    const name = nameOf(input);
    const first = this.#looks.find(({ positions }) => positions.has(name));
    const last = this.#newest;
    if (first === undefined || last === null || last.atMs <= first.atMs) return null;
    const moved = (last.positions.get(name) ?? 0) - first.positions.get(name)!;
    return Math.max(0, moved / ((last.atMs - first.atMs) / 1000));
  }
}

const nameOf = (input: InputStatus): string => `${input.node} ${partitionName(input)}`;
