import { ConfigError, TaskCorruptedError } from "../../record/errors.ts";
import type { Action, AddFile, MetaData, Protocol, RemoveFile, Transaction } from "./actions.ts";

const READER_VERSION_MAX = 1;
const WRITER_VERSION_MAX = 2;

/** As large as a reader wants a file to be at the least. */
const SMALL_BYTES = 32 * 1024 * 1024;

/**
 * A Delta table at one version: what its log says, all actions up to there reconciled. It moves on
 * in place, one commit after the other; whoever needs it to stand still copies what it needs.
 */
export class Snapshot {
  /** Where the table is, for messages. */
  private readonly table: string;
  private currentVersion = -1;
  private currentProtocol: Protocol | null = null;
  private currentMetaData: MetaData | null = null;
  /** Counted when somebody asks. */
  private small: { readonly version: number; readonly count: number } | null = null;
  private readonly liveFiles = new Map<string, AddFile>();
  private readonly removedFiles = new Map<string, RemoveFile>();
  private readonly latestTransactions = new Map<string, Transaction>();

  constructor(table: string) {
    this.table = table;
  }

  get version(): number {
    return this.currentVersion;
  }

  get protocol(): Protocol {
    return this.known(this.currentProtocol, "protocol");
  }

  /** Live files of less than `SMALL_BYTES`. */
  get smallFiles(): number {
    if (this.small?.version !== this.currentVersion) {
      let count = 0;
      for (const { size } of this.liveFiles.values()) if (size < SMALL_BYTES) count++;
      this.small = { version: this.currentVersion, count };
    }
    return this.small.count;
  }

  get metaData(): MetaData {
    return this.known(this.currentMetaData, "metaData");
  }

  /** Live files by their path as the log spells it. */
  get files(): ReadonlyMap<string, AddFile> {
    return this.liveFiles;
  }

  /** Files that are no longer live, kept for readers of older versions. */
  get tombstones(): ReadonlyMap<string, RemoveFile> {
    return this.removedFiles;
  }

  /** The latest transaction of each application. */
  get transactions(): ReadonlyMap<string, Transaction> {
    return this.latestTransactions;
  }

  /**
   * Moves on to `version`: the next commit, or a checkpoint, which may stand anywhere at the start.
   * @throws ConfigError when the table asks for more than this reader and writer can do.
   */
  apply(version: number, actions: readonly Action[]): void {
    if (this.currentVersion >= 0 && version !== this.currentVersion + 1) {
      throw new TaskCorruptedError(
        `table ${this.table}: commit ${version} cannot follow version ${this.currentVersion}`,
      );
    }
    for (const { add, remove, txn, metaData, protocol } of actions) {
      if (protocol !== undefined) this.currentProtocol = this.supported(protocol);
      if (metaData !== undefined) this.currentMetaData = metaData;
      if (txn !== undefined) this.latestTransactions.set(txn.appId, txn);
      if (add !== undefined) {
        this.liveFiles.set(add.path, add);
        this.removedFiles.delete(add.path);
      }
      if (remove !== undefined) {
        this.liveFiles.delete(remove.path);
        this.removedFiles.set(remove.path, remove);
      }
    }
    this.currentVersion = version;
  }

  /** Forgets tombstones from before that time, which no reader may need any more. */
  dropTombstones(beforeMs: number): void {
    for (const [path, { deletionTimestamp }] of this.removedFiles) {
      if ((deletionTimestamp ?? 0) < beforeMs) this.removedFiles.delete(path);
    }
  }

  private supported(protocol: Protocol): Protocol {
    const { minReaderVersion: reader, minWriterVersion: writer } = protocol;
    if (reader <= READER_VERSION_MAX && writer <= WRITER_VERSION_MAX) return protocol;
    const features = [...(protocol.readerFeatures ?? []), ...(protocol.writerFeatures ?? [])];
    throw new ConfigError(
      `table ${this.table} needs Delta reader ${reader} and writer ${writer}` +
        `${features.length > 0 ? ` (${[...new Set(features)].join(", ")})` : ""}, this program has ` +
        `${READER_VERSION_MAX} and ${WRITER_VERSION_MAX}; turn those features off, or write to a ` +
        "new table",
    );
  }

  private known<T>(value: T | null, action: string): T {
    if (value !== null) return value;
    throw new TaskCorruptedError(`the log of table ${this.table} has no ${action} action`);
  }
}
