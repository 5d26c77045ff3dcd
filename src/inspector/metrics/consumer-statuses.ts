import type { InputStatus, RunnerStatus } from "../../runtime/runner-status.ts";

/** How an input is being read, as Burrow has it: from how it stood, and without a threshold of lag. */
export const CONSUMER_STATUSES = ["OK", "WARN", "STALL", "STOP", "UNKNOWN"] as const;

export type ConsumerStatus = (typeof CONSUMER_STATUSES)[number];

/** A judgement is made of so many looks, and those are so far apart at the least, ms. */
const LOOKS = 10;
const APART_MS = 10_000;

interface Look {
  readonly atMs: number;
  readonly position: number;
  readonly lag: number;
  /** Of its task or table: when that had last committed. */
  readonly committedMs: number | null;
}

/** Judges the inputs of a thread from how they stood when they were looked at. */
export class ConsumerStatuses {
  #looks = new Map<string, readonly Look[]>();

  /** How each input is being read now; @param committedMs by task or table. */
  judge(
    runners: readonly RunnerStatus[],
    committedMs: ReadonlyMap<string, number>,
    nowMs: number,
  ): ReadonlyMap<InputStatus, ConsumerStatus> {
    const looks = new Map<string, readonly Look[]>();
    const judged = new Map<InputStatus, ConsumerStatus>();
    for (const { id, inputs } of runners) {
      for (const input of inputs) {
        const name = `${id} ${input.node}`;
        const { position, end } = input;
        const lag = Math.max(0, end - position);
        const look = { atMs: nowMs, position, lag, committedMs: committedMs.get(id) ?? null };
        const before = this.#looks.get(name) ?? [];
        judged.set(input, judgement([...before, look]));
        looks.set(name, kept(before, look));
      }
    }
    // Who has left takes its looks along: it begins anew where it goes.
    this.#looks = looks;
    return judged;
  }
}

const kept = (before: readonly Look[], look: Look): readonly Look[] =>
  look.atMs - (before.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < APART_MS
    ? before
    : [...before, look].slice(-(LOOKS - 1));

function judgement(looks: readonly Look[]): ConsumerStatus {
  const [first] = looks as [Look, ...Look[]];
  const last = looks.at(-1)!;
  if (looks.some(({ lag }) => lag === 0)) return "OK";
  if (looks.length < LOOKS) return "UNKNOWN";
  if (looks.every(({ position }) => position === first.position)) return "STALL";
  // It is read, and nothing comes of it: it goes back again and again.
  if ((last.committedMs ?? Number.NEGATIVE_INFINITY) < first.atMs) return "STOP";
  const grows = looks.every(({ lag }, at) => at === 0 || lag >= looks[at - 1]!.lag);
  return grows && last.lag > first.lag ? "WARN" : "OK";
}
