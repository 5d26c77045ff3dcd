import type { Batch } from "../operators/batch.ts";
import { MAIN } from "../operators/batch.ts";
import type { ArrowRows } from "./arrow-rows.ts";
import { AttributedMentionsWriter } from "./attributed-mentions.ts";
import { DocumentWriter } from "./document-entry.ts";
import { partitionOfEvent } from "./event-partition.ts";
import * as M from "./mention-entry.ts";

/** Rows of one Arrow batch at the most. */
const BATCH_ROWS_MAX = 8192;

/** A range of bytes. */
export interface Range {
  bytes: Uint8Array;
  start: number;
  end: number;
}

const NOTHING: Range = { bytes: new Uint8Array(0), start: 0, end: 0 };

/** Sorts mentions by the partition of their event's id, each batch with its documents once. */
export class MentionRouter {
  private readonly writers: readonly AttributedMentionsWriter[];
  /** Index of the document at hand in each partition's batch, or -1. */
  private readonly indexOf: Int32Array;
  private readonly document = new DocumentWriter();
  private readonly source: Range = { ...NOTHING };
  private readonly identifier: Range = { ...NOTHING };
  private context: Range = NOTHING;
  private full: Batch<ArrowRows>[] = [];
  private sliceMs = Number.NaN;

  constructor(partitions: number) {
    this.writers = Array.from({ length: partitions }, () => new AttributedMentionsWriter());
    this.indexOf = new Int32Array(partitions);
  }

  /** What follows is of this document; a batch is of one slice. */
  startDocument(sliceMs: number, context: Range | null): void {
    if (sliceMs !== this.sliceMs) this.flush();
    this.sliceMs = sliceMs;
    this.context = context ?? NOTHING;
    this.source.bytes = NOTHING.bytes;
    this.source.start = 0;
    this.source.end = -1;
  }

  /** Sends the mention whose entry begins at `at`. */
  send(bytes: Uint8Array, view: DataView, at: number, withContext: boolean): void {
    const eventId = view.getFloat64(at + M.EVENT_ID, true);
    const partition = partitionOfEvent(eventId, this.writers.length);
    const writer = this.writers[partition]!;
    this.setDocument(bytes, view, at, withContext);
    let index = this.indexOf[partition]!;
    if (index < 0) {
      index = writer.documents.value(this.document.bytes, 0, this.document.end);
      this.indexOf[partition] = index;
    }
    writer.append(index, bytes, view, at);
    if (writer.length >= BATCH_ROWS_MAX) {
      this.flushPartition(partition);
      this.indexOf[partition] = -1;
    }
  }

  /** Mentions of one document nearly always name the same source; where not, it is another entry. */
  private setDocument(bytes: Uint8Array, view: DataView, at: number, withContext: boolean): void {
    const { source, identifier } = this;
    const start = M.textStart(view, at, M.SOURCE_NAME);
    const end = start + M.textLength(view, at, M.SOURCE_NAME);
    const hasContext = this.document.end > 0 && this.document.bytes[0] === 1;
    const wantsContext = withContext && this.context !== NOTHING;
    if (hasContext === wantsContext && isEqual(source, bytes, start, end)) return;
    source.bytes = bytes;
    source.start = start;
    source.end = end;
    identifier.bytes = bytes;
    identifier.start = end;
    identifier.end = end + M.textLength(view, at, M.IDENTIFIER);
    this.document.write(source, identifier, wantsContext ? this.context : NOTHING);
    this.indexOf.fill(-1);
  }

  private flush(): void {
    for (const partition of this.writers.keys()) this.flushPartition(partition);
  }

  private flushPartition(partition: number): void {
    const writer = this.writers[partition]!;
    if (writer.length === 0) return;
    this.full.push({
      rows: { batches: [writer.encode()] },
      length: 1,
      partition,
      keys: null,
      timestampsMs: Float64Array.of(this.sliceMs),
      records: null,
      output: MAIN,
    });
  }

  /** The batches since the last call. */
  take(): Batch<ArrowRows>[] {
    this.flush();
    const { full } = this;
    this.full = [];
    return full;
  }
}

function isEqual({ bytes, start, end }: Range, others: Uint8Array, from: number, to: number) {
  if (end - start !== to - from) return false;
  for (let i = start, j = from; i < end; i++, j++) if (bytes[i] !== others[j]) return false;
  return true;
}
