import type { Clock } from "../../record/clock.ts";
import { RetriableError, TaskMigratedError } from "../../record/errors.ts";
import { type Action, encodeCommit, type MetaData } from "./actions.ts";
import type { DeltaLog } from "./log.ts";
import type { Snapshot } from "./snapshot.ts";

/** Other writers' commits in a row that one commit gives way to. */
const LOST_MAX = 100;
/** Writes in a row whose outcome stays unknown, or that neither succeed nor find a rival. */
const UNKNOWN_MAX = 5;

/** What one commit says, and what it relies on. */
export interface CommitPlan {
  readonly operation: string;
  readonly operationParameters: Readonly<Record<string, string>>;
  /** All but the commitInfo and the transactions. */
  readonly actions: readonly Action[];
  readonly transactions: readonly TransactionStep[];
  /** True for a pure append, which relies on no file and so conflicts with none. */
  readonly isBlindAppend: boolean;
  /** Paths of the live files from which the actions were worked out: they must still be live. */
  readonly reads: ReadonlySet<string>;
  /** The table's metadata which the actions fit; null: there must be no table yet. */
  readonly fits: MetaData | null;
}

/** One application's transaction, from the version it must be at now to the one it goes to. */
export interface TransactionStep {
  readonly appId: string;
  /** null: it must have none yet. */
  readonly previous: number | null;
  readonly version: number;
}

/** `conflict`: somebody changed what the plan relies on; nothing of it is in the table. */
export type CommitOutcome =
  | { readonly kind: "committed"; readonly version: number }
  | { readonly kind: "conflict"; readonly reason: string };

export interface CommitterOptions {
  readonly log: DeltaLog;
  readonly clock: Clock;
  /** A name nobody else gives, e.g. a UUID. */
  readonly uniqueName: () => string;
}

/** Appends commits to a Delta log, side by side with other writers. */
export class Committer {
  private readonly log: DeltaLog;
  private readonly clock: Clock;
  private readonly uniqueName: () => string;

  constructor({ log, clock, uniqueName }: CommitterOptions) {
    this.log = log;
    this.clock = clock;
    this.uniqueName = uniqueName;
  }

  /**
   * Commits after `snapshot`, or after whatever others commit meanwhile; moves it on to there.
   * @throws TaskMigratedError when a transaction is not at its `previous`: another owner's doing.
   * @throws RetriableError when the store fails; the commit may or may not be in the log.
   */
  async commit(snapshot: Snapshot, plan: CommitPlan): Promise<CommitOutcome> {
    const txnId = this.uniqueName();
    for (let lost = 0; lost < LOST_MAX; lost++) {
      await this.checkTransactions(snapshot, plan);
      const reason = conflict(snapshot, plan);
      if (reason !== null) return { kind: "conflict", reason };
      const version = snapshot.version + 1;
      const actions = this.actionsOf(plan, txnId, snapshot.version);
      const taken = await this.write(version, actions, txnId);
      snapshot.apply(version, taken ?? actions);
      if (taken === null) return { kind: "committed", version };
      // Who loses twice is far behind: what others have committed is then read side by side.
      if (lost > 0) await this.log.advance(snapshot);
    }
    throw new RetriableError(
      `${this.log.root}: ${LOST_MAX} commits of other writers came first; too many write this table`,
    );
  }

  /** Null when the commit is in the log as ours; otherwise the actions that have its version. */
  private async write(
    version: number,
    actions: readonly Action[],
    txnId: string,
  ): Promise<readonly Action[] | null> {
    const path = this.log.commitPath(version);
    const bytes = encodeCommit(actions);
    let cause: unknown;
    for (let unknown = 0; unknown < UNKNOWN_MAX; unknown++) {
      try {
        if (await this.log.store.putIfAbsent(path, bytes)) return null;
        // Refused: by a rival, or by our own request that came through although its reply did not.
        const present = await this.log.commit(version);
        if (present !== null) return isOurs(present, txnId) ? null : present;
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
        cause = error;
      }
    }
    throw new RetriableError(`${path}: not known to be written after ${UNKNOWN_MAX} attempts`, {
      cause,
    });
  }

  private async checkTransactions(snapshot: Snapshot, { transactions }: CommitPlan): Promise<void> {
    for (const { appId, previous, version } of transactions) {
      const position = () => snapshot.transactions.get(appId)?.version ?? null;
      // It may only be that the snapshot is behind what the owner itself has committed elsewhere.
      if (position() !== previous) await this.log.advance(snapshot);
      if (position() === previous) continue;
      throw new TaskMigratedError(
        `${appId}: the table is at offset ${position()}, not at ${previous} from where this batch ` +
          `goes to ${version}: another owner writes this partition, or wrote the batch already`,
      );
    }
  }

  private actionsOf(plan: CommitPlan, txnId: string, readVersion: number): Action[] {
    const timestamp = this.clock.nowMs();
    const { operation, operationParameters, isBlindAppend } = plan;
    return [
      {
        commitInfo: {
          timestamp,
          operation,
          operationParameters,
          // The first commit of a table has read nothing.
          ...(readVersion >= 0 ? { readVersion } : {}),
          isBlindAppend,
          engineInfo: "gdelt-streams",
          txnId,
        },
      },
      ...plan.transactions.map(({ appId, version }) => ({
        txn: { appId, version, lastUpdated: timestamp },
      })),
      ...plan.actions,
    ];
  }
}

const isOurs = (actions: readonly Action[], txnId: string): boolean =>
  actions.some(({ commitInfo }) => commitInfo?.txnId === txnId);

/**
 * Why the plan does not hold at the snapshot. Asked of the snapshot and not of the commits that were
 * lost against: others who share the snapshot move it on as well.
 */
function conflict(snapshot: Snapshot, { reads, fits }: CommitPlan): string | null {
  const metaData = snapshot.version < 0 ? null : snapshot.metaData;
  if (metaData !== fits) return "the table's metadata has changed";
  for (const path of reads) {
    if (!snapshot.files.has(path)) return `${path}, which this commit has read, was removed`;
  }
  return null;
}
