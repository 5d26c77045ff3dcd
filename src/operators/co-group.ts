import { concatAll, map, merge, type Observable } from "rxjs";
import { END_OF_STREAM } from "../record/slice-end.ts";
import type { Segment, WindowStore } from "../state/window-store.ts";
import type { Batch } from "./batch.ts";
import type { JoinOperator, OperatorContext, SliceClose } from "./operator.ts";

/** How a co-group treats its rows. One is made for each task, and again after a rollback. */
export interface GroupHandler<In, Out> {
  /** Per input: puts each row of a batch into the groups, encoded as the handler likes. */
  readonly sides: { readonly [S in keyof In]: (batch: Batch<In[S]>, groups: Groups) => void };
  /** Before the visits of a close: marks groups that the close itself changes. */
  beforeClose?(close: SliceClose, groups: Groups): void;
  /** One group that changed in the slice being closed; `head` is its newest entry. */
  visit(segment: Segment, head: number, close: SliceClose, groups: Groups): void;
  /** After the visits: what the close emits, and what may be dropped. */
  afterClose(close: SliceClose, groups: Groups): Iterable<Batch<Out>>;
}

export interface CoGroupSpec<In, Out> {
  /** Window store of the rows. */
  readonly rows: string;
  /** Window store which remembers which groups changed in a slice that is still open. */
  readonly changes: string;
  open(context: OperatorContext): GroupHandler<In, Out>;
}

/**
 * The n-way join: rows of any number of inputs gather in windowed groups under a common key, and a
 * group is visited once for each slice that changed it, when that slice closes.
 *
 *  - A row is appended to the chain of its key, in the segment of its *window time*, and the group
 *    is marked as changed in the row's *slice*. The two differ where a row speaks of the past.
 *  - Nothing is emitted before the close, so what is emitted does not depend on the order in which
 *    the rows of a slice, or its inputs, arrive.
 *  - Both stores are append-only. The marks of a slice are dropped with its close; rows are dropped
 *    by the handler, a segment at a time.
 */
export function coGroup<In, Out>(spec: CoGroupSpec<In, Out>): JoinOperator<In, Out> {
  return (context) => (inputs) => {
    const groups = new Groups(context.store(spec.rows), context.store(spec.changes));
    const handler = spec.open(context);
    const appended = (Object.keys(handler.sides) as (keyof In)[]).map((side) =>
      inputs[side].pipe(
        map((batch): Batch<Out>[] => {
          handler.sides[side](batch, groups);
          return [];
        }),
      ),
    );
    const closed: Observable<Iterable<Batch<Out>>> = context.closes.pipe(
      map((close) => {
        handler.beforeClose?.(close, groups);
        groups.visitChanged(close.sliceMs, (segment, head) =>
          handler.visit(segment, head, close, groups),
        );
        return handler.afterClose(close, groups);
      }),
    );
    return merge(...appended, closed).pipe(concatAll());
  };
}

/** The rows of a co-group, and the marks of what changed. */
export class Groups {
  readonly rows: WindowStore;
  private readonly changes: WindowStore;
  private readonly time = new Float64Array(1);
  private readonly timeBytes = new Uint8Array(this.time.buffer);

  constructor(rows: WindowStore, changes: WindowStore) {
    this.rows = rows;
    this.changes = changes;
  }

  /** The segment to append a row of that window time to. */
  open(timeMs: number): Segment {
    return this.rows.openSegment(timeMs);
  }

  /** The group of that key and window time is to be visited when the slice closes. */
  mark(sliceMs: number, timeMs: number, high: number, low: number): void {
    const segment = this.changes.openSegment(sliceMs);
    for (let at = segment.head(high, low); at >= 0; at = segment.previous) {
      segment.at(at);
      if (segment.chunk.view.getFloat64(segment.start, true) === timeMs) return;
    }
    this.time[0] = timeMs;
    segment.append(high, low, 0, this.timeBytes, 0, 8);
  }

  /** Whether rows have come for a slice whose close is still to come. */
  hasChanges(sliceMs: number): boolean {
    return this.changes.segmentAt(sliceMs) !== undefined;
  }

  visitChanged(sliceMs: number, visit: (segment: Segment, head: number) => void): void {
    const ids =
      sliceMs === END_OF_STREAM ? this.changes.segmentIds() : [this.changes.segmentOf(sliceMs)];
    for (const id of ids) {
      const marks = this.changes.segment(id);
      if (marks === undefined) continue;
      marks.forEachEntry(() => {
        const group = this.rows.segmentAt(marks.chunk.view.getFloat64(marks.start, true));
        const head = group?.head(marks.high, marks.low) ?? -1;
        if (head >= 0) visit(group!, head);
      });
      this.changes.drop(id);
    }
  }
}
