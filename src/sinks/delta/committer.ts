import type { Clock } from "../../record/clock.ts";
import { RetriableError, TaskMigratedError } from "../../record/errors.ts";
import { type Action, encodeCommit } from "./actions.ts";
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
  /** Paths of live files from which the actions were worked out. */
  readonly reads: ReadonlySet<string>;
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
      checkTransactions(snapshot, plan);
      const version = snapshot.version + 1;
      const actions = this.actionsOf(plan, txnId, snapshot.version);
      const taken = await this.write(version, actions, txnId);
      snapshot.apply(version, taken ?? actions);
      if (taken === null) return { kind: "committed", version };
      const reason = conflictWith(plan, taken, version);
      if (reason !== null) return { kind: "conflict", reason };
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

function checkTransactions(snapshot: Snapshot, { transactions }: CommitPlan): void {
  for (const { appId, previous, version } of transactions) {
    const found = snapshot.transactions.get(appId)?.version ?? null;
    if (found === previous) continue;
    throw new TaskMigratedError(
      `${appId}: the table is at offset ${found}, not at ${previous} from where this batch goes to ` +
        `${version}: another owner writes this partition, or wrote the batch already`,
    );
  }
}

function conflictWith(plan: CommitPlan, taken: readonly Action[], version: number): string | null {
  for (const { metaData, protocol, remove } of taken) {
    if (metaData !== undefined) return `commit ${version} changed the table's metadata`;
    if (protocol !== undefined) return `commit ${version} changed the table's protocol`;
    if (remove !== undefined && plan.reads.has(remove.path)) {
      return `commit ${version} removed ${remove.path}, which this one has read`;
    }
  }
  return null;
}
