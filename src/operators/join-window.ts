import { TopologyError } from "../record/errors.ts";
import type { WindowStore } from "../state/window-store.ts";
import type { Rows } from "./batch.ts";
import { coGroup } from "./co-group.ts";
import { entryPlace } from "./keyed-entry.ts";
import type { JoinOperator, StateUse } from "./operator.ts";
import type { Serde } from "./serde.ts";
import { splitChains, splitMarks } from "./split-state.ts";
import { WindowJoin } from "./window-join.ts";

/** One input of a windowed join. */
export interface JoinSide<V> {
  readonly serde: Serde<V>;
  /** A row of the primary side that finds none here is joined with `undefined` (a left join). */
  readonly optional?: true;
}

export type JoinSides = Readonly<Record<string, JoinSide<unknown>>>;
/** Sides are told apart by the one-byte tag of an entry. */
const SIDES_MAX = 256;

type ValueOf<S> = S extends JoinSide<infer V> ? V : never;

/** The inputs of the join, by side. */
export type JoinInputs<S extends JoinSides> = { readonly [N in keyof S]: Rows<ValueOf<S[N]>> };

/** One value of each side; `undefined` is possible only where the side is optional. */
export type JoinValues<S extends JoinSides> = {
  readonly [N in keyof S]: S[N] extends { readonly optional: true }
    ? ValueOf<S[N]> | undefined
    : ValueOf<S[N]>;
};

export interface JoinWindowSpec<S extends JoinSides, Out> {
  /** Window store of the rows. */
  readonly rows: string;
  /** Window store of what is due; its `segmentMs` is the length of a slice, or divides it. */
  readonly changes: string;
  /** The side whose rows are joined, each once with every combination of the others. */
  readonly primary: keyof S & string;
  readonly sides: S;
  /** Rows from so much before the time of a primary row join it … */
  readonly beforeMs: number;
  /** … to so much after it, both inclusive. */
  readonly afterMs: number;
  /** How much longer than `afterMs` to wait for rows that come out of order. */
  readonly graceMs?: number;
  readonly join: (values: JoinValues<S>) => Out;
}

/**
 * The windowed join of any number of inputs with a common key, on `coGroup`.
 *
 *  - It stores every row of every side, in the segment of its time, and for each row of the primary
 *    side the slice in which it falls due: that of time + afterMs + graceMs.
 *  - When that slice closes, the row is joined with every combination of rows of the other sides
 *    which have its key and lie in its window. A side that has none drops the row, or, where it is
 *    optional, gives `undefined`. That is final: a combination is emitted once, and never changed.
 *  - An output row has the key of its inputs and the greatest of their times. What a close emits is
 *    ordered by key, then time and bytes of the primary row, then of the others in the order of
 *    `sides`: it does not depend on the order of arrival, within an input or between them.
 *  - A row is late when nothing can be joined with it any more: a primary row when its slice has
 *    closed, another when that of every primary row it could reach has. It is counted
 *    (`dropped.late`) and dropped. A row that is not late joins whatever is still due.
 *  - A segment is dropped when all rows that could lie in it would be late.
 */
export function joinWindow<const S extends JoinSides, Out>(
  spec: JoinWindowSpec<S, Out>,
): JoinOperator<JoinInputs<S>, Rows<Out>> {
  checkSpec(spec);
  const operator = coGroup<JoinInputs<S>, Rows<Out>>({
    rows: spec.rows,
    changes: spec.changes,
    open: (context) => new WindowJoin<S, Out>(context, spec),
  });
  const split: StateUse["split"] = (from, to) => {
    const all = (name: string) => to.map((stores) => stores<WindowStore>(name));
    const rows = from<WindowStore>(spec.rows);
    const places = splitChains(rows, all(spec.rows), (at) => entryPlace(at, to.length));
    splitMarks(from(spec.changes), all(spec.changes), rows, places);
  };
  return Object.assign(operator, { keys: "groups" as const, split });
}

function checkSpec({
  primary,
  sides,
  ...spec
}: Omit<JoinWindowSpec<JoinSides, unknown>, "join">): void {
  for (const name of ["beforeMs", "afterMs", "graceMs"] as const) {
    const ms = spec[name] ?? 0;
    if (ms >= 0 && ms < Number.POSITIVE_INFINITY) continue;
    throw new TopologyError(`joinWindow: ${name} is ${ms}; give it a finite time of 0 ms or more`);
  }
  const names = Object.keys(sides);
  if (names.length > SIDES_MAX) {
    throw new TopologyError(`joinWindow: ${names.length} sides; it can join ${SIDES_MAX} at most`);
  }
  if (sides[primary] === undefined || sides[primary].optional === true) {
    throw new TopologyError(
      `joinWindow: the primary side "${primary}" has to be one of its sides ` +
        `(${names.join(", ")}), and not an optional one`,
    );
  }
}
