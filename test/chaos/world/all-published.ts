import { SLICES_TOPIC } from "../../../src/gdelt/feeds.ts";
import { decodeEntries } from "../../../src/ingest/slice-entry.ts";
import type { Log } from "../../../src/runtime/ports.ts";

const READ_BYTES_MAX = 1 << 20;

/** Whether the producer has put every file of these names into the log. */
export async function allPublished(log: Log, names: readonly string[]): Promise<boolean> {
  const at = { topic: SLICES_TOPIC, partition: 0 };
  const published = new Set<string>();
  for (let next = 0; ; ) {
    const batch = await log.read(at, next, READ_BYTES_MAX);
    if (batch === null) break;
    for (const entry of decodeEntries(batch)) {
      if (entry.status === "published" && entry.file !== null) published.add(entry.file);
    }
    next = batch.nextOffset;
  }
  return names.every((name) => published.has(name));
}
