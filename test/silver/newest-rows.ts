import { type JsonRow, jsonRows } from "../../src/gdelt/json-row.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import type { Log } from "../../src/runtime/ports.ts";

/** The newest row of each key that a topic of Silver holds. */
export async function newestRows(
  log: Log,
  topic: string,
  key: string,
): Promise<Map<string, JsonRow>> {
  const newest = new Map<string, JsonRow>();
  for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
    const at = { topic, partition };
    const { start, end } = await log.bounds(at);
    for (let offset = start; offset < end; ) {
      const { bytes, starts, ends, length, nextOffset } = (await log.read(at, offset, 1 << 20))!;
      for (let i = 0; i < length; i++) {
        for (const batch of decodeArrow(bytes.slice(starts[i], ends[i]))) {
          for (const row of jsonRows(batch)) newest.set(String(row[key]), row);
        }
      }
      offset = nextOffset;
    }
  }
  return newest;
}
