import { EVENT } from "../gdelt/columns.ts";
import { NumberParser } from "../gdelt/parse-number.ts";
import type { TsvRows } from "../gdelt/tsv-rows.ts";
import { EVENT_ID, EVENT_TIME } from "./mention-entry.ts";

const TWO_32 = 4_294_967_296;

/** The two words of an id. ToInt32 is modulo 2^32, and exact for every id that a double holds. */
export const highOf = (id: number): number => Math.floor(id / TWO_32) | 0;
export const lowOf = (id: number): number => id | 0;

/** The key of a group of the second join: the id in two words, and the slice that holds the event. */
export class EventKey {
  high = 0;
  low = 0;
  timeMs = 0;
  private readonly parser = new NumberParser();

  /** From a validated row of the events feed. */
  readEvent(rows: TsvRows, row: number): void {
    const { parser } = this;
    const id = EVENT.GlobalEventID;
    parser.int64(rows.bytes, rows.fieldStart(row, id), rows.fieldEnd(row, id));
    this.setId(parser.value);
    const added = EVENT.DATEADDED;
    parser.stamp(rows.bytes, rows.fieldStart(row, added), rows.fieldEnd(row, added));
    this.timeMs = parser.value;
  }

  /** From a mention's entry. */
  readMention(view: DataView): void {
    this.setId(view.getFloat64(EVENT_ID, true));
    this.timeMs = view.getFloat64(EVENT_TIME, true);
  }

  private setId(id: number): void {
    this.high = highOf(id);
    this.low = lowOf(id);
  }
}
