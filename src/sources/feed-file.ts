import { RecordError } from "../record/errors.ts";

/** A file as it was found in a folder or on a server, before anything is unpacked. */
export interface RawFile {
  /** Its name, without the folder. */
  readonly name: string;
  /** All of a file in a folder; of a download, the beginning. */
  readonly bytes: Buffer;
  /** Size of the file as found. */
  readonly fileBytes: number;
  /**
   * Of a zip its MD5 in hex, the one that GDELT's file lists give; of any other file, which they do
   * not name, CRC-32 and size, which cost a tenth. Empty if unread.
   */
  readonly checksum: string;
}

/** One feed of one slice, ready to be split into rows. */
export interface FeedFile {
  readonly name: string;
  /** The rows, unpacked. */
  readonly bytes: Buffer;
  /** Of the file as found, so of the zip where there is one. */
  readonly checksum: string;
  /** Size of the file as found. */
  readonly fileBytes: number;
}

/** Why a file as a whole cannot be used; these words go into tables and metrics. */
export type FeedFileReason =
  /** Named `.zip`, but something else: an error page served with status 200, for instance. */
  | "not_a_zip"
  /** Unpacked, but a web page or a zip under another name. */
  | "not_a_feed"
  /** The end of the zip is missing: an interrupted download. */
  | "zip_truncated"
  /** The entry's bytes do not have the checksum and size the zip states. */
  | "zip_crc_mismatch"
  /** The zip does not hold exactly one file. */
  | "zip_entries"
  /** A download that has not the size which the list of files states. */
  | "size_mismatch"
  /** It has the size, but not the MD5. */
  | "md5_mismatch"
  /** Anything else: no such file, no permission, encrypted, an unknown compression. */
  | "unreadable";

/** A file of which no row can be read. It goes to the dead letters; the slice goes on without. */
export class FeedFileError extends RecordError {
  readonly reason: FeedFileReason;
  readonly file: RawFile;

  constructor(file: RawFile, reason: FeedFileReason, problem: string, options?: ErrorOptions) {
    super(`${file.name}: ${problem} (${reason}); it needs to be fetched again`, options);
    this.reason = reason;
    this.file = file;
  }
}

/** The first bytes, for messages: enough to tell an HTML page from a broken zip. */
export const firstBytes = (bytes: Buffer): string =>
  JSON.stringify(bytes.toString("utf8", 0, 60)).replaceAll("\ufffd", "?");
