import fc from "fast-check";
import type { Rows } from "../../src/operators/batch.ts";
import { joinWindow } from "../../src/operators/join-window.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import type { Action } from "./fault-script.ts";
import { OperatorHarness, type Row } from "./operator-harness.ts";

/** The sides of the join under test, in this order; `event` is the primary one. */
export const SIDES = ["mention", "event", "gkg"] as const;
export type Side = (typeof SIDES)[number];
export type Inputs = { readonly [S in Side]: Rows<string> };

export interface JoinCase {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  /** Segments of the rows, and of what is due. */
  readonly rowsMs: number;
  readonly dueMs: number;
  /** Whether the gkg side is optional. */
  readonly left: boolean;
}

export const joinCase: fc.Arbitrary<JoinCase> = fc.record({
  beforeMs: fc.integer({ min: 0, max: 25 }),
  afterMs: fc.integer({ min: 0, max: 25 }),
  graceMs: fc.constantFrom(0, 0, 7, 15),
  rowsMs: fc.constantFrom(1, 7, 10, 40),
  dueMs: fc.constantFrom(10, 10, 5),
  left: fc.boolean(),
});

export function openJoin(spec: JoinCase, spill = false): OperatorHarness<Inputs, Rows<string>> {
  const { beforeMs, afterMs, graceMs, left } = spec;
  const text = jsonSerde<string>();
  const windows = { rows: "rows", changes: "due", beforeMs, afterMs, graceMs } as const;
  const mention = { serde: text };
  const event = { serde: text };
  const show = (values: { mention: string; event: string; gkg: string | undefined }): string => {
    if (values.mention === "boom") throw new Error("thrown by the user");
    return `${values.mention} ${values.event} ${values.gkg ?? "-"}`;
  };
  const operator = left
    ? joinWindow({
        ...windows,
        primary: "event",
        sides: { mention, event, gkg: { serde: text, optional: true } },
        join: show,
      })
    : joinWindow({
        ...windows,
        primary: "event",
        sides: { mention, event, gkg: { serde: text } },
        join: show,
      });
  const store = (name: string, segmentMs: number) => ({ kind: "window", name, segmentMs }) as const;
  return new OperatorHarness<Inputs, Rows<string>>(
    operator,
    SIDES,
    [store("rows", spec.rowsMs), store("due", spec.dueMs)],
    { spill },
  );
}

const row: fc.Arbitrary<Row<string>> = fc.record(
  {
    key: fc.constantFrom("a", "b", "ab", "é"),
    value: fc.constantFrom("x", "y", "z"),
    at: fc.integer({ min: -20, max: 80 }),
  },
  { noNullPrototype: true },
);

export const actions: fc.Arbitrary<Action<Inputs>[]> = fc
  .array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          side: fc.constantFrom(...SIDES),
          rows: fc.array(row, { minLength: 1, maxLength: 4, size: "max" }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ close: fc.integer({ min: -2, max: 9 }) }) },
    ),
    { maxLength: 30, size: "max" },
  )
  .map((list) => list.map((a) => ("close" in a ? { close: a.close * 10 } : a)));

type Arrived = Row<string> & { readonly side: Side };

/** The same join the naive way: all rows in a list, every close looks at all of them. */
export class NaiveJoin {
  private readonly spec: JoinCase;
  private readonly rows: Arrived[] = [];
  private closed = Number.NEGATIVE_INFINITY;
  late = 0;

  constructor(spec: JoinCase) {
    this.spec = spec;
  }

  private dueOf(timeMs: number): number {
    return Math.floor((timeMs + this.spec.afterMs + this.spec.graceMs) / this.spec.dueMs);
  }

  act(action: Action<Inputs>): Row<string>[] {
    if ("close" in action) return this.close(action.close);
    const side = action.side as Side;
    for (const arrived of action.rows as readonly Row<string>[]) {
      const last = arrived.at + (side === "event" ? 0 : this.spec.beforeMs);
      if (this.dueOf(last) <= this.closed) this.late++;
      else this.rows.push({ ...arrived, side });
    }
    return [];
  }

  private close(sliceMs: number): Row<string>[] {
    const before = this.closed;
    this.closed = Math.max(before, Math.floor(sliceMs / this.spec.dueMs));
    return this.rows
      .filter(({ side, at }) => side === "event" && this.dueOf(at) > before)
      .filter(({ at }) => this.dueOf(at) <= this.closed)
      .sort((a, b) => compareText(a.key!, b.key!) || byTimeAndValue(a, b))
      .flatMap((event) => this.join(event));
  }

  private join(event: Arrived): Row<string>[] {
    const { beforeMs, afterMs, left } = this.spec;
    const inReach = (side: Side) =>
      this.rows
        .filter((other) => other.side === side && other.key === event.key)
        .filter(({ at }) => at >= event.at - beforeMs && at <= event.at + afterMs)
        .sort(byTimeAndValue);
    const gkgs: (Arrived | undefined)[] = inReach("gkg");
    if (left && gkgs.length === 0) gkgs.push(undefined);
    return inReach("mention").flatMap((mention) =>
      gkgs.map((gkg) => ({
        key: event.key!,
        value: `${mention.value} ${event.value} ${gkg?.value ?? "-"}`,
        at: Math.max(mention.at, event.at, gkg?.at ?? Number.NEGATIVE_INFINITY),
      })),
    );
  }

  /** Whether a row of that time and any side could still join something. */
  isReachable(timeMs: number): boolean {
    return this.dueOf(timeMs + this.spec.beforeMs) > this.closed;
  }
}

const compareText = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
const byTimeAndValue = (a: Arrived, b: Arrived): number =>
  a.at - b.at || compareText(a.value, b.value);
