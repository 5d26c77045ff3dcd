import { FeedFileError, type RawFile } from "./feed-file.ts";
import { ZipContent } from "./zip-content.ts";
import {
  checkContent,
  checkSignature,
  DEFLATED,
  DIRECTORY_END,
  DIRECTORY_END_BYTES,
  STORED,
  truncated,
  UNPACKED_BYTES_MAX,
} from "./zip-file.ts";

const LOCAL_HEADER_BYTES = 30;
const ENTRY_BYTES = 46;
/** Flags of an entry: encrypted, in either way. */
const ENCRYPTED = 0x41;
/** The directory of one entry and its end mark, both with names and comments of any length. */
const TAIL_BYTES = 5 * 65_536;

/** What the central directory says of the only entry. */
interface DirectoryEntry {
  readonly name: Buffer;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly headerAt: number;
  readonly directoryAt: number;
}

/**
 * A zip which holds exactly one file, unpacked while it arrives. Only its content stays in memory.
 * What it is worth is known at the end, because the central directory stands there: until then
 * nothing is refused. Reasons and order of the checks are those of `unpackZip`.
 */
export class ZipStream {
  #bytes = 0;
  #header = Buffer.alloc(0);
  #content: ZipContent | null = null;
  #contentAt = 0;
  readonly #tail: Buffer[] = [];
  #tailBytes = 0;

  /** Takes the next bytes; returns when there is room for more. */
  async write(chunk: Buffer): Promise<void> {
    this.#bytes += chunk.length;
    this.#keepTail(chunk);
    if (this.#content) return this.#content.write(chunk);
    this.#header = Buffer.concat([this.#header, chunk]);
    const header = this.#header;
    if (header.length < LOCAL_HEADER_BYTES) return;
    const contentAt = LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (header.length < contentAt) return;
    this.#content = new ZipContent(header.readUInt16LE(8), header.readUInt32LE(22));
    this.#contentAt = contentAt;
    this.#header = Buffer.alloc(0);
    await this.#content.write(header.subarray(contentAt));
  }

  /**
   * The content, when all bytes are there. `file` names the zip in errors.
   * @throws FeedFileError `not_a_zip`, `zip_truncated`, `zip_entries`, `zip_crc_mismatch`,
   * `unreadable`.
   */
  async finish(file: RawFile): Promise<Buffer> {
    checkSignature(file);
    const entry = this.#directoryEntry(file);
    if (entry.name.at(-1) === "/".charCodeAt(0)) {
      throw new FeedFileError(file, "zip_entries", "holds a folder instead of a file");
    }
    if (entry.isEncrypted) throw new FeedFileError(file, "unreadable", "the entry is encrypted");
    if (entry.uncompressedSize > UNPACKED_BYTES_MAX) {
      const problem = `unpacks to ${entry.uncompressedSize} bytes, more than ${UNPACKED_BYTES_MAX}`;
      throw new FeedFileError(file, "unreadable", problem);
    }
    if (entry.method !== STORED && entry.method !== DEFLATED) {
      const problem = `compression method ${entry.method} is not supported`;
      throw new FeedFileError(file, "unreadable", problem);
    }
    const content = this.#content;
    const contentEnd = this.#contentAt + entry.compressedSize;
    const fits = entry.headerAt === 0 && contentEnd <= entry.directoryAt;
    if (!fits || content?.method !== entry.method) {
      throw damaged(file, "its directory and its content do not agree");
    }
    const bytes = await content.finish(entry.compressedSize, (cause) => {
      const problem = "the entry cannot be inflated to its stated size";
      return new FeedFileError(file, "zip_crc_mismatch", problem, { cause });
    });
    checkContent(file, bytes, entry);
    return bytes;
  }

  /** Gives up what has not arrived in full. */
  close(): void {
    this.#content?.close();
  }

  #keepTail(chunk: Buffer): void {
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    while (this.#tailBytes - this.#tail[0]!.length >= TAIL_BYTES) {
      this.#tailBytes -= this.#tail.shift()!.length;
    }
  }

  #directoryEntry(file: RawFile): DirectoryEntry {
    const tail = Buffer.concat(this.#tail);
    const endAt = tail.lastIndexOf(DIRECTORY_END);
    // The directory stands last, so whatever is cut off takes its end mark away first.
    if (endAt === -1 || endAt + DIRECTORY_END_BYTES > tail.length) throw truncated(file);
    const end = tail.subarray(endAt);
    const disk = end.readUInt16LE(4);
    if (disk !== 0 || end.length !== DIRECTORY_END_BYTES + end.readUInt16LE(20)) {
      throw damaged(file, "its end mark is not that of its end");
    }
    const entries = end.readUInt16LE(10);
    if (entries !== 1) {
      throw new FeedFileError(file, "zip_entries", `holds ${entries} entries instead of one`);
    }
    const at = end.readUInt32LE(16) - (this.#bytes - tail.length);
    if (at < 0 || !isEntry(tail.subarray(at, endAt))) {
      throw damaged(file, "its directory is not where it should be");
    }
    return {
      name: tail.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + tail.readUInt16LE(at + 28)),
      isEncrypted: (tail.readUInt16LE(at + 8) & ENCRYPTED) !== 0,
      method: tail.readUInt16LE(at + 10),
      crc32: tail.readUInt32LE(at + 16),
      compressedSize: tail.readUInt32LE(at + 20),
      uncompressedSize: tail.readUInt32LE(at + 24),
      headerAt: tail.readUInt32LE(at + 42),
      directoryAt: end.readUInt32LE(16),
    };
  }
}

function isEntry(directory: Buffer): boolean {
  if (directory.length < ENTRY_BYTES) return false;
  // Of its name, its extra fields and its comment.
  const lengths = [28, 30, 32].map((at) => directory.readUInt16LE(at));
  const bytes = lengths.reduce((sum, length) => sum + length, ENTRY_BYTES);
  return directory.toString("latin1", 0, 4) === "PK\x01\x02" && bytes <= directory.length;
}

const damaged = (file: RawFile, problem: string): FeedFileError =>
  new FeedFileError(file, "unreadable", `damaged: ${problem}`);
