import type { Problem } from "../../inspector/problem.ts";
import type { TaskCommit } from "../../runtime/task-config.ts";

const MINUTE_MS = 60_000;

/** What was read longer ago does not count; the alert DlqSurge looks as far back. */
const MINUTES = 30;

/** As much of what was read is a problem, not a slip. */
const SHARE_MAX = 0.01;

const LETTERS = /^dead-letters\.gdelt\.(\w+)\.(\w+)$/;
const SOURCE = /^(events|mentions|gkg)-source$/;

/** Of a feed in a minute. */
interface Tally {
  readonly minute: number;
  readonly stream: string;
  read: number;
  unreadable: number;
  reason: string;
}

/** How many rows of each feed could not be read lately, as commits of tasks tell it. */
export class UnreadableRows {
  /** The oldest first. */
  #tallies: Tally[] = [];

  take({ counted, inputs }: Pick<TaskCommit, "counted" | "inputs">, nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    for (const [source, { records }] of Object.entries(inputs)) {
      const stream = SOURCE.exec(source)?.[1];
      if (stream !== undefined && records > 0) this.#tally(minute, stream).read += records;
    }
    for (const [counter, rows] of Object.entries(counted.added)) {
      const [, stream, reason] = LETTERS.exec(counter) ?? [];
      if (stream === undefined) continue;
      const tally = this.#tally(minute, stream);
      tally.unreadable += rows;
      tally.reason = reason!;
    }
  }

  #tally(minute: number, stream: string): Tally {
    const found = this.#tallies.find((one) => one.minute === minute && one.stream === stream);
    if (found !== undefined) return found;
    const tally = { minute, stream, read: 0, unreadable: 0, reason: "" };
    this.#tallies = [...this.#tallies.filter((one) => minute - one.minute < MINUTES), tally];
    return tally;
  }

  problems(nowMs: number): readonly Problem[] {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const recent = this.#tallies.filter((one) => minute - one.minute < MINUTES);
    return [...Map.groupBy(recent, ({ stream }) => stream)].flatMap(([stream, tallies]) => {
      const of = (key: "read" | "unreadable") => tallies.reduce((sum, one) => sum + one[key], 0);
      const [read, unreadable] = [of("read"), of("unreadable")];
      const first = tallies.find((one) => one.unreadable > 0);
      if (first === undefined || unreadable <= SHARE_MAX * read) return [];
      const { reason } = tallies.findLast((one) => one.unreadable > 0)!;
      return {
        kind: "rows_unreadable",
        about: stream,
        since: (first.minute * MINUTE_MS) / 1000,
        reason: `${unreadable} of ${read} rows in half an hour, the last of them ${reason}`,
      } as const;
    });
  }
}
