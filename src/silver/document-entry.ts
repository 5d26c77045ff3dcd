/**
 * A document as it crosses the repartition and as the second join keeps it:
 *
 *     uint8 1 when a context follows · uint16 length, source name · uint16 length, identifier ·
 *     the context (`gdelt/document-context.ts`)
 */
export class DocumentWriter {
  bytes = new Uint8Array(65_536);
  end = 0;

  /** Puts a document together; the context is a range, empty when the document has no GKG row. */
  write(
    source: { bytes: Uint8Array; start: number; end: number },
    identifier: { bytes: Uint8Array; start: number; end: number },
    context: { bytes: Uint8Array; start: number; end: number },
  ): void {
    const contextBytes = context.end - context.start;
    const needed = 5 + source.end - source.start + identifier.end - identifier.start + contextBytes;
    if (needed > this.bytes.length) this.bytes = new Uint8Array(needed * 2);
    this.bytes[0] = contextBytes > 0 ? 1 : 0;
    this.end = 1;
    this.text(source.bytes, source.start, source.end);
    this.text(identifier.bytes, identifier.start, identifier.end);
    this.bytes.set(context.bytes.subarray(context.start, context.end), this.end);
    this.end += contextBytes;
  }

  private text(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.bytes[this.end] = length & 0xff;
    this.bytes[this.end + 1] = length >> 8;
    this.bytes.set(from.subarray(start, end), this.end + 2);
    this.end += 2 + length;
  }
}

/** A view of such an entry: ranges of `bytes`. */
export class DocumentReader {
  bytes!: Uint8Array;
  hasContext = false;
  sourceStart = 0;
  sourceEnd = 0;
  identifierStart = 0;
  identifierEnd = 0;
  contextStart = 0;
  contextEnd = 0;

  read(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.hasContext = bytes[start] === 1;
    this.sourceStart = start + 3;
    this.sourceEnd = this.sourceStart + uint16(bytes, start + 1);
    this.identifierStart = this.sourceEnd + 2;
    this.identifierEnd = this.identifierStart + uint16(bytes, this.sourceEnd);
    this.contextStart = this.identifierEnd;
    this.contextEnd = end;
    return this;
  }
}

const uint16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
