import { parseStamp } from "../../gdelt/feeds.ts";
import type { FeedEvent } from "../../ingest/feed/feed-event.ts";
import type { FileOutcome } from "../../ingest/file-outcome.ts";
import type { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";

/** What may become of a file: all of it, says the compiler. `unchanged` is no file. */
const OUTCOMES: Readonly<Record<Exclude<FileOutcome, "unchanged">, true>> = {
  ...{ ok: true, empty: true, collapsed: true, not_contiguous: true, too_old: true },
  ...{ missing: true, never_published: true, listed_404: true, unavailable: true },
  ...{ not_a_zip: true, not_a_feed: true, zip_truncated: true, zip_crc_mismatch: true },
  ...{ zip_entries: true, size_mismatch: true, md5_mismatch: true, unreadable: true },
};

const TROUBLES = ["file", "feed", "log"] as const;

/** What the producer tells, as metrics. */
export class FeedMetrics {
  readonly #registry: MetricRegistry;
  readonly #newestMs = new Map<string, number>();

  constructor(registry: MetricRegistry, streams: readonly string[]) {
    this.#registry = registry;
    for (const stream of streams) {
      registry.begin("gdelt_source_rows_total", { stream });
      registry.begin("gdelt_dlq_records_total", { stream, reason: "file" });
      for (const outcome of Object.keys(OUTCOMES)) {
        registry.begin("gdelt_source_files_total", { stream, outcome });
      }
    }
    for (const kind of TROUBLES) registry.begin("gdelt_source_troubles_total", { kind });
  }

  take(event: FeedEvent): void {
    const kind = TROUBLES.find((trouble) => event.kind === `${trouble}_trouble`);
    if (kind !== undefined) this.#registry.inc("gdelt_source_troubles_total", { kind });
    if (event.kind !== "published") return;
    for (const { feed: stream, outcome, rows, status } of event.entries) {
      if (outcome === null || outcome === "unchanged") continue;
      this.#registry.inc("gdelt_source_files_total", { stream, outcome });
      this.#registry.inc("gdelt_source_rows_total", { stream }, rows);
      if (status === "rejected") {
        this.#registry.inc("gdelt_dlq_records_total", { stream, reason: "file" });
      }
      if (status === "published") this.#newest(stream, parseStamp(event.slice)!);
    }
  }

  #newest(stream: string, sliceMs: number): void {
    const newestMs = Math.max(this.#newestMs.get(stream) ?? sliceMs, sliceMs);
    this.#newestMs.set(stream, newestMs);
    this.#registry.set("gdelt_source_last_file_timestamp_seconds", { stream }, newestMs / 1000);
  }
}
