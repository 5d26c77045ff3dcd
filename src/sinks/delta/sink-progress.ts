import type { RecordBatch } from "../../record/record-batch.ts";
import { WATERMARK } from "../../runtime/slice-tracker.ts";
import type { Transaction } from "./actions.ts";
import type { TransactionStep } from "./committer.ts";

/**
 * What a sink has put into its table, as transactions beside its position, `<position>/…`, in the
 * same commit: `rows`; `ends/<closer>`, how many slices that feed or upstream task has ended; and
 * `ended`, the offset after the newest end. So the table itself tells which slices it holds whole
 * (what was written before an end is in the table before it), and whether rows of it were lost since.
 */
export class ProgressCounter {
  private readonly appId: string;
  /** Versions by transaction: in the table, and as they will be with what has been taken since. */
  private committed = new Map<string, number>();
  private taken = new Map<string, number>();

  constructor(appId: string) {
    this.appId = appId;
  }

  load(transactions: ReadonlyMap<string, Transaction>): void {
    const own = [...transactions].filter(([name]) => name.startsWith(`${this.appId}/`));
    this.committed = new Map(own.map(([name, { version }]) => [name, version]));
    this.taken = new Map(this.committed);
  }

  /** Takes a batch of which `rows` rows go into the table. */
  take({ control, nextOffset }: RecordBatch, rows: number): void {
    if (rows > 0) this.add("rows", rows);
    if (control === null || control.attempt === WATERMARK) return;
    this.add(`ends/${control.from}`, 1);
    this.taken.set(`${this.appId}/ended`, nextOffset);
  }

  private add(name: string, by: number): void {
    const appId = `${this.appId}/${name}`;
    this.taken.set(appId, (this.taken.get(appId) ?? 0) + by);
  }

  /** What is to be committed with everything taken so far. */
  steps(): TransactionStep[] {
    return [...this.taken]
      .map(([appId, version]) => ({ appId, previous: this.committed.get(appId) ?? null, version }))
      .filter(({ previous, version }) => previous !== version);
  }

  markCommitted(steps: readonly TransactionStep[]): void {
    for (const { appId, version } of steps) this.committed.set(appId, version);
  }
}

/** How far a table has come in one partition of the topic which feeds it. */
export interface SinkProgress {
  readonly generation: number;
  /** Name of the table node in the topology. */
  readonly sink: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to be read. */
  readonly position: number;
  /** Rows put into the table; a compaction may have dropped superseded ones since. */
  readonly rows: number;
  /** The offset after the newest end of a slice; 0 before the first. */
  readonly ended: number;
  /** Slices ended, by who ended them: feeds, or upstream tasks. */
  readonly ends: ReadonlyMap<string, number>;
  /** Whether anything more may come; not so where a smaller number of partitions is used since. */
  readonly isFed: boolean;
}

/**
 * How many partitions of its topic feed a table, as `<application>/<generation>/<sink>/partitions`.
 * The number of the change stands before it (2004: change 2, 4 partitions), since versions of
 * transactions only grow.
 */
const USED = "/partitions";
const CHANGE = 1000;

/** A closer that is a task of the partition; feeds close in all of them. */
const taskAt = (closer: string, partition: number): string =>
  closer.replace(/^(\d+)_\d+$/, `$1_${partition}`);

/**
 * What a table has to be told when another number of partitions begins to feed it, at a moment when
 * all have come equally far: the new ones have come by as many ends as the others, or they would
 * seem to be behind for ever. `sink` is `<application>/<generation>/<name>`.
 */
export function rescaleSteps(
  transactions: ReadonlyMap<string, Transaction>,
  {
    sink,
    topic,
    change,
    partitions,
  }: { sink: string; topic: string; change: number; partitions: number },
): TransactionStep[] {
  const versions = new Map<string, number>([[sink + USED, change * CHANGE + partitions]]);
  const [first] = progressOf(transactions).filter((at) =>
    `${sink}/${topic}-0`.endsWith(nameOf(at)),
  );
  const version = (name: string) => transactions.get(name)?.version ?? null;
  for (let partition = 1; first !== undefined && partition < partitions; partition++) {
    const name = `${sink}/${topic}-${partition}`;
    const position = version(name) ?? 0;
    versions.set(name, position).set(`${name}/ended`, position);
    for (const [closer, ends] of first.ends) {
      versions.set(`${name}/ends/${taskAt(closer, partition)}`, ends);
    }
  }
  return [...versions]
    .map(([appId, to]) => ({ appId, previous: version(appId), version: to }))
    .filter(({ previous, version: to }) => previous !== to);
}

const nameOf = ({ sink, topic, partition }: SinkProgress): string =>
  `${sink}/${topic}-${partition}`;

const POSITION = /^[^/]+\/(\d+)\/([^/]+)\/([^/]+)-(\d+)$/;

/** What the transactions of a table say about the sinks that feed it. */
export function progressOf(transactions: ReadonlyMap<string, Transaction>): SinkProgress[] {
  const found: SinkProgress[] = [];
  for (const [appId, { version }] of transactions) {
    const [, generation, sink, topic, partition] = POSITION.exec(appId) ?? [];
    if (generation === undefined) continue;
    const prefix = `${appId}/ends/`;
    const ends = [...transactions]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, txn]) => [name.slice(prefix.length), txn.version] as const);
    const used = transactions.get(appId.slice(0, appId.lastIndexOf("/")) + USED)?.version;
    found.push({
      generation: Number(generation),
      sink: sink!,
      topic: topic!,
      partition: Number(partition),
      position: version,
      rows: transactions.get(`${appId}/rows`)?.version ?? 0,
      ended: transactions.get(`${appId}/ended`)?.version ?? 0,
      ends: new Map(ends),
      isFed: used === undefined || Number(partition) < used % CHANGE,
    });
  }
  return found;
}
