import { isDeepStrictEqual } from "node:util";
import type { RecordBatch, Schema } from "apache-arrow";
import type { Clock } from "../../record/clock.ts";
import { RetriableError, TaskMigratedError } from "../../record/errors.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import type { Action, AddFile } from "./actions.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import {
  type CommitOutcome,
  type CommitPlan,
  Committer,
  type TransactionStep,
} from "./committer.ts";
import { splitByDate } from "./date-partition.ts";
import { encodeParquet, type ParquetFile } from "./encoder.ts";
import { INDEXED_COLUMNS_MAX } from "./file-stats.ts";
import { DeltaLog } from "./log.ts";
import { compareSchema, schemaString, type TableSchema } from "./schema.ts";
import { Snapshot } from "./snapshot.ts";

/** Arrow bytes per Parquet file: what bounds the memory that encoding takes, at about three times. */
const FILE_ARROW_BYTES_MAX = 32 << 20;

/** A log kept shorter than this could hide from an idle writer that commits went by. */
const UNSEEN_MS_MAX = 3_600_000;

/**
 * A checkpoint restates every file. So of more files than these it is written less often, as its price
 * grows, but not so rarely that a reader has hundreds of commits to go through.
 */
const CHECKPOINT_FILES = 1_000;
const CHECKPOINT_TIMES_MAX = 10;

/** How often a change of the table's metadata may overtake one commit. */
const REPLANS_MAX = 10;

export interface DeltaTableOptions {
  readonly store: ObjectStore;
  /** The table's folder in the store. */
  readonly root: string;
  readonly name: string;
  readonly schema: Schema;
  /**
   * A timestamp column. The table is partitioned by its UTC date, as a column `<name>_date` which
   * is in the table's schema and not in its files. null: not partitioned.
   */
  readonly datedBy: string | null;
  /**
   * Columns at the start of the schema that have statistics, by which readers skip files: those
   * that rows are looked for by. Delta's default, 32, is the most there can be.
   */
  readonly indexedColumns?: number;
  readonly clock: Clock;
  /** A name nobody else gives, e.g. a UUID. */
  readonly uniqueName: () => string;
  readonly commitsPerCheckpoint?: number;
}

/**
 * A Delta Lake table, protocol (1, 2), written beside other writers. One object serves any number
 * of tasks of a process; what it commits it commits one after the other.
 */
export class DeltaTable {
  readonly name: string;
  readonly schema: Schema;
  /** The partition column, or null. */
  readonly dateColumn: string | null;
  readonly indexedColumns: number;
  readonly clock: Clock;
  readonly log: DeltaLog;
  private readonly datedBy: string | null;
  private readonly uniqueName: () => string;
  private readonly commitsPerCheckpoint: number;
  private readonly committer: Committer;
  private current: Snapshot;
  /** The newest version of which a checkpoint is known; 0: none. */
  private checkpointed = 0;
  private seenMs = 0;
  private busy: Promise<unknown> = Promise.resolve();

  private constructor(options: DeltaTableOptions) {
    const { name, schema, datedBy, clock, uniqueName, store, root } = options;
    this.name = name;
    this.schema = schema;
    this.datedBy = datedBy;
    this.dateColumn = datedBy === null ? null : `${datedBy}_date`;
    this.indexedColumns = options.indexedColumns ?? INDEXED_COLUMNS_MAX;
    this.clock = clock;
    this.uniqueName = uniqueName;
    this.commitsPerCheckpoint = options.commitsPerCheckpoint ?? 10;
    this.log = new DeltaLog(store, root);
    this.committer = new Committer({ log: this.log, clock, uniqueName });
    this.current = new Snapshot(root);
  }

  /**
   * Opens the table, or creates it; adds the columns to it that the schema has and it has not.
   * @throws ConfigError when its schema, its partitions or its protocol do not fit.
   */
  static async open(options: DeltaTableOptions): Promise<DeltaTable> {
    const table = new DeltaTable(options);
    await table.refresh();
    return table;
  }

  /** What the table holds, as last seen: it moves on with each commit and `refresh`. */
  get snapshot(): Snapshot {
    return this.current;
  }

  /** Catches up with other writers. */
  async refresh(): Promise<void> {
    await this.exclusively(() => this.catchUp());
  }

  /**
   * Writes the rows as new files and commits them, with the transactions, as one version. Batches
   * have the table's schema. Many small ones of a date become one file.
   * @returns the version.
   * @throws TaskMigratedError when a transaction is not at its `previous`; nothing was written.
   * @throws RetriableError when the store fails; read the transaction to learn what happened.
   */
  async append(
    batches: readonly RecordBatch[],
    transactions: readonly TransactionStep[],
  ): Promise<number> {
    const adds: AddFile[] = [];
    for (const { date, batches: rows } of this.byDate(batches)) {
      for (const part of fileParts(rows)) {
        const file = encodeParquet(this.schema, part, this.indexedColumns);
        adds.push(await this.writeFile(file, date, true));
      }
    }
    try {
      return await this.commitAppend(adds, transactions);
    } catch (error) {
      // Only then is it certain that no commit names them; otherwise a vacuum decides.
      if (error instanceof TaskMigratedError) await this.discard(adds);
      throw error;
    }
  }

  /** Commits as it is; on a conflict the caller has to work the plan out again. */
  async commit(plan: CommitPlan): Promise<CommitOutcome> {
    return await this.exclusively(async () => {
      if (this.clock.nowMs() - this.seenMs > UNSEEN_MS_MAX) await this.catchUp();
      const outcome = await this.committer.commit(this.current, plan);
      this.seenMs = this.clock.nowMs();
      if (outcome.kind === "committed") await this.checkpointIfDue(outcome.version);
      return outcome;
    });
  }

  /** Gives the table these properties, as far as it has others. */
  async configure(properties: Readonly<Record<string, string>>): Promise<void> {
    await this.exclusively(() =>
      this.reconcile(() => {
        const { metaData } = this.current;
        const configuration = { ...metaData.configuration, ...properties };
        if (isDeepStrictEqual(configuration, metaData.configuration)) return null;
        return this.schemaPlan("SET TBLPROPERTIES", [{ metaData: { ...metaData, configuration } }]);
      }),
    );
  }

  /** Stores a data file; it is in the table once an action names it. */
  async writeFile(file: ParquetFile, date: string | null, dataChange: boolean): Promise<AddFile> {
    const folder =
      this.dateColumn === null ? "" : `${this.dateColumn}=${date ?? "__HIVE_DEFAULT_PARTITION__"}/`;
    const path = `${folder}part-00000-${this.uniqueName()}.c000.parquet`;
    await this.log.store.put(this.log.path(path), file.bytes);
    return {
      path,
      partitionValues: this.dateColumn === null ? {} : { [this.dateColumn]: date },
      size: file.bytes.byteLength,
      modificationTime: this.clock.nowMs(),
      dataChange,
      stats: file.stats,
    };
  }

  /** The partition a file is in. */
  dateOf({ partitionValues }: AddFile): string | null {
    // The empty string is null as well.
    return (this.dateColumn !== null && partitionValues[this.dateColumn]) || null;
  }

  /** A data file's bytes. */
  async readFile({ path }: AddFile): Promise<Uint8Array> {
    const bytes = await this.log.store.get(this.log.path(decodeURIComponent(path)));
    if (bytes !== null) return bytes;
    throw new RetriableError(`table ${this.name}: file ${path} is gone; read the table again`);
  }

  /** Deletes files that no commit names. A failure only leaves them to a vacuum. */
  async discard(files: readonly AddFile[]): Promise<void> {
    const deletions = files.map(({ path }) => this.log.store.delete(this.log.path(path)));
    await Promise.allSettled(deletions);
  }

  private byDate(batches: readonly RecordBatch[]) {
    if (this.datedBy !== null) return splitByDate(batches, this.datedBy);
    const filled = batches.filter(({ numRows }) => numRows > 0);
    return filled.length === 0 ? [] : [{ date: null, batches: filled }];
  }

  private get tableSchema(): TableSchema {
    return { table: this.name, schema: this.schema, dateColumn: this.dateColumn };
  }

  private async commitAppend(
    adds: readonly AddFile[],
    transactions: readonly TransactionStep[],
  ): Promise<number> {
    for (let replans = 0; replans < REPLANS_MAX; replans++) {
      const outcome = await this.commit({
        operation: "STREAMING UPDATE",
        operationParameters: { outputMode: "Append" },
        actions: adds.map((add) => ({ add })),
        transactions,
        isBlindAppend: true,
        reads: new Set(),
        fits: this.current.metaData,
      });
      if (outcome.kind === "committed") return outcome.version;
      // Somebody changed the table: go on only if what we write still fits.
      await this.exclusively(() => this.reconcileSchema());
    }
    throw new RetriableError(`table ${this.name}: its metadata changes again and again`);
  }

  /** Reads what is new, and makes the schema fit. */
  private async catchUp(): Promise<void> {
    const last = await this.log.lastCheckpoint();
    this.checkpointed = last?.version ?? 0;
    if (this.current.version >= 0) await this.log.advance(this.current);
    // Still behind a checkpoint: the commits up to there have been cleaned away.
    if (this.current.version < (last?.version ?? 0)) {
      this.current = (await this.log.load()) ?? new Snapshot(this.log.root);
    }
    this.seenMs = this.clock.nowMs();
    await this.reconcileSchema();
  }

  /** Creates the table or adds columns. */
  private async reconcileSchema(): Promise<void> {
    await this.reconcile(() => (this.current.version < 0 ? this.creation() : this.evolution()));
  }

  /** Changes the metadata as long as others are at it too, until there is nothing left to change. */
  private async reconcile(planned: () => CommitPlan | null): Promise<void> {
    for (let attempts = 0; attempts < REPLANS_MAX; attempts++) {
      const plan = planned();
      if (plan === null) return;
      if ((await this.committer.commit(this.current, plan)).kind === "committed") return;
    }
    throw new RetriableError(`table ${this.name}: its metadata changes again and again`);
  }

  private creation(): CommitPlan {
    const partitionColumns = this.dateColumn === null ? [] : [this.dateColumn];
    return this.schemaPlan("CREATE TABLE", [
      { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
      {
        metaData: {
          id: this.uniqueName(),
          name: this.name,
          format: { provider: "parquet", options: {} },
          schemaString: schemaString(this.tableSchema),
          partitionColumns,
          configuration: {
            "delta.checkpointInterval": `${this.commitsPerCheckpoint}`,
            // For other writers: they would go through columns of long texts.
            "delta.dataSkippingNumIndexedCols": `${this.indexedColumns}`,
          },
          createdTime: this.clock.nowMs(),
        },
      },
    ]);
  }

  private evolution(): CommitPlan | null {
    const { metaData } = this.current;
    const change = compareSchema(this.tableSchema, metaData);
    if (change.kind !== "evolve") return null;
    const evolved = { ...metaData, schemaString: change.schemaString };
    return this.schemaPlan("ADD COLUMNS", [{ metaData: evolved }]);
  }

  private schemaPlan(operation: string, actions: readonly Action[]): CommitPlan {
    return {
      operation,
      operationParameters: {},
      actions,
      transactions: [],
      isBlindAppend: false,
      reads: new Set(),
      fits: this.current.version < 0 ? null : this.current.metaData,
    };
  }

  private async checkpointIfDue(version: number): Promise<void> {
    const times = Math.min(CHECKPOINT_TIMES_MAX, this.current.files.size / CHECKPOINT_FILES);
    const due = () => version >= this.checkpointed + this.commitsPerCheckpoint * Math.max(1, times);
    if (!due()) return;
    try {
      // Another writer may have written one.
      this.checkpointed = (await this.log.lastCheckpoint())?.version ?? 0;
      if (!due()) return;
      await writeCheckpoint(this.log, this.current, this.clock.nowMs());
      this.checkpointed = version;
    } catch (error) {
      // The commit stands, and the next checkpoint takes this one's place.
      if (!(error instanceof RetriableError)) throw error;
    }
  }

  /** One at a time: the snapshot moves on commit by commit. */
  private async exclusively<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.busy.then(body, body);
    this.busy = turn.catch(() => {});
    return await turn;
  }
}

/** Batches in groups of at most `FILE_ARROW_BYTES_MAX`, each for one file. */
function fileParts(batches: readonly RecordBatch[]): RecordBatch[][] {
  const parts: RecordBatch[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const batch of batches) {
    bytes += batch.data.byteLength;
    if (bytes > FILE_ARROW_BYTES_MAX) {
      parts.push([]);
      bytes = batch.data.byteLength;
    }
    parts.at(-1)!.push(batch);
  }
  return parts;
}
