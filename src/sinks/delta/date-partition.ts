import { DataType, type RecordBatch, TimeUnit } from "apache-arrow";
import { takeRows } from "./take-rows.ts";

/** Rows of one date, in the order they came. */
export interface DatedRows {
  /** `YYYY-MM-DD` in UTC; null where the timestamp is null. */
  readonly date: string | null;
  readonly batches: RecordBatch[];
}

const DAY_MS = 86_400_000;
const TWO_32 = 4_294_967_296;
const NO_DAY = -0x80000000;

/** Runs shorter than this on average are cheaper copied out than sliced: a slice has 80 columns. */
const RUN_ROWS_MIN = 64;

/** Splits batches by the UTC date of the timestamp column `column`. */
export function splitByDate(batches: readonly RecordBatch[], column: string): DatedRows[] {
  const found = new Map<number, RecordBatch[]>();
  const put = (day: number, batch: RecordBatch) => {
    const known = found.get(day);
    if (known === undefined) found.set(day, [batch]);
    else known.push(batch);
  };
  for (const batch of batches) {
    if (batch.numRows === 0) continue;
    const runs = dayRuns(batch, column);
    if (runs.length === 1) put(runs[0]!.day, batch);
    else if (batch.numRows >= runs.length * RUN_ROWS_MIN) {
      for (const { day, start, end } of runs) put(day, batch.slice(start, end));
    } else {
      for (const [day, rows] of rowsByDay(runs)) put(day, takeRows(batch, Int32Array.from(rows)));
    }
  }
  return [...found].map(([day, rows]) => ({ date: dateOf(day), batches: rows }));
}

const dateOf = (day: number): string | null =>
  day === NO_DAY ? null : new Date(day * DAY_MS).toISOString().slice(0, 10);

interface DayRun {
  /** Days since the epoch. */
  readonly day: number;
  readonly start: number;
  end: number;
}

function dayRuns(batch: RecordBatch, column: string): DayRun[] {
  const data = batch.getChild(column)!.data[0]!;
  const { type, nullCount } = data;
  const perDay =
    DataType.isTimestamp(type) && type.unit === TimeUnit.MILLISECOND ? DAY_MS : DAY_MS * 1000;
  const { buffer, byteOffset } = data.values as BigInt64Array;
  const words = new Int32Array(buffer, byteOffset, batch.numRows * 2);
  const runs: DayRun[] = [];
  let run: DayRun | undefined;
  let from = 0;
  for (let row = 0; row < batch.numRows; row++) {
    const time = words[row * 2 + 1]! * TWO_32 + (words[row * 2]! >>> 0);
    const isNull = nullCount > 0 && !data.getValid(row);
    const same =
      run !== undefined &&
      (isNull ? run.day === NO_DAY : run.day !== NO_DAY && time >= from && time < from + perDay);
    if (same) continue;
    if (run !== undefined) run.end = row;
    const day = isNull ? NO_DAY : Math.floor(time / perDay);
    from = day * perDay;
    run = { day, start: row, end: batch.numRows };
    runs.push(run);
  }
  return runs;
}

function rowsByDay(runs: readonly DayRun[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { day, start, end } of runs) {
    let rows = found.get(day);
    if (rows === undefined) {
      rows = [];
      found.set(day, rows);
    }
    for (let row = start; row < end; row++) rows.push(row);
  }
  return found;
}
