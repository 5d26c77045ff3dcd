import type { LogFile } from "./file-system.ts";
import { type FrameHeader, headerBytes, isWhole, paddedTo8, readHeader } from "./frame.ts";

const windowBytes = 16 << 10;

/** Reads the frames of one segment one after the other, as recovery does. */
export class FrameReader {
  readonly size: number;
  readonly #file: LogFile;
  readonly #segment: number;
  readonly #window = new Uint8Array(windowBytes);
  #windowAt = 0;
  #windowEnd = 0;

  constructor(file: LogFile, segment: number, size: number) {
    this.#file = file;
    this.#segment = segment;
    this.size = size;
  }

  /** The header at `position`, or null when there is none or its frame goes past the end. */
  async header(position: number): Promise<FrameHeader | null> {
    const bytes = await this.#peek(position);
    const header = readHeader(bytes, { segment: this.#segment, position });
    return header && position + frameBytes(header) <= this.size ? header : null;
  }

  /** The whole frame, or null when its body is not what was written. */
  async frame(position: number, header: FrameHeader): Promise<Uint8Array | null> {
    const frame = new Uint8Array(frameBytes(header));
    await this.#file.read(frame, position);
    const body = frame.subarray(headerBytes, headerBytes + header.bodyBytes);
    return isWhole(body, header) ? frame : null;
  }

  /** The first frame of commits from `position` on that is whole, wherever frames may begin. */
  async nextCommit(
    position: number,
  ): Promise<{ position: number; header: FrameHeader; frame: Uint8Array } | null> {
    for (let at = paddedTo8(position); at + headerBytes <= this.size; at += 8) {
      const header = await this.header(at);
      const frame = header?.kind === "commit" ? await this.frame(at, header) : null;
      if (header && frame) return { position: at, header, frame };
    }
    return null;
  }

  /** Small frames lie close together: one read serves many headers. */
  async #peek(position: number): Promise<Uint8Array> {
    if (position < this.#windowAt || position + headerBytes > this.#windowEnd) {
      this.#windowAt = position;
      this.#windowEnd = position + (await this.#file.read(this.#window, position));
    }
    const from = position - this.#windowAt;
    return this.#window.subarray(
      from,
      Math.min(from + headerBytes, this.#windowEnd - this.#windowAt),
    );
  }
}

export const frameBytes = ({ bodyBytes }: FrameHeader): number =>
  paddedTo8(headerBytes + bodyBytes);
