import { RetriableError, TaskCorruptedError } from "../../record/errors.ts";
import { loadAhead } from "../../state/load-ahead.ts";
import { type Action, decodeCommit } from "./actions.ts";
import type { DeltaLog } from "./log.ts";
import type { LogFile, LogListing } from "./log-listing.ts";
import { Snapshot } from "./snapshot.ts";

/** Commits in memory at once. */
const LOADS = { bytesOf: ({ size }: LogFile) => size, bytesMax: 32 << 20, itemsMax: 16 };

export interface ListedCommit {
  readonly version: number;
  /** When it was stored, by the clock of the store. */
  readonly storedMs: number;
  readonly actions: readonly Action[];
}

/** A table from the oldest version that its log still tells, commit by commit. */
export class LogHistory {
  /** Before the commit that was given last; after the last one, the table as it is. */
  readonly table: Snapshot;
  readonly listing: LogListing;
  private readonly log: DeltaLog;

  private constructor(log: DeltaLog, listing: LogListing, table: Snapshot) {
    this.log = log;
    this.listing = listing;
    this.table = table;
  }

  /**
   * Begins with nothing, or with the oldest checkpoint where the first commit is gone.
   * @throws TaskCorruptedError when there is neither.
   */
  static async open(log: DeltaLog): Promise<LogHistory> {
    const listing = await log.listing();
    const table = new Snapshot(log.root);
    const first = listing.commits[0]?.version ?? 0;
    if (first > 0) await beginLater(log, listing, table);
    return new LogHistory(log, listing, table);
  }

  /** @throws TaskCorruptedError when a commit in between is missing or cannot be read. */
  async *commits(): AsyncGenerator<ListedCommit, void, undefined> {
    const ahead = this.listing.commits.filter(({ version }) => version > this.table.version);
    for await (const commit of loadAhead(ahead, (file) => this.load(file), LOADS)) {
      yield commit;
      this.table.apply(commit.version, commit.actions);
    }
  }

  private async load({ path, version, modifiedMs }: LogFile): Promise<ListedCommit> {
    const bytes = await this.log.store.get(path);
    if (bytes === null) throw new RetriableError(`${path} is gone; read the log again`);
    return { version, storedMs: modifiedMs, actions: decodeCommit(bytes, path) };
  }
}

async function beginLater(log: DeltaLog, { checkpoints }: LogListing, table: Snapshot) {
  const oldest = checkpoints[0];
  if (oldest === undefined) {
    throw new TaskCorruptedError(
      `the log of table ${log.root} has neither its first commit nor a checkpoint`,
    );
  }
  if (await log.checkpointInto(table, oldest)) return;
  throw new RetriableError(`checkpoint ${oldest.version} of table ${log.root} is gone`);
}
