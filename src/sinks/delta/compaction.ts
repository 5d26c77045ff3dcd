import { RetriableError } from "../../record/errors.ts";
import type { Action, AddFile } from "./actions.ts";
import { ByteScratch } from "./byte-scratch.ts";
import type { CommitPlan } from "./committer.ts";
import type { DeltaTable } from "./delta-table.ts";
import { encodeParquetStream } from "./encoder.ts";
import { type KeptRows, keptRows, type NewestSpec, readKept } from "./kept-rows.ts";

/** Times that other writers may take the ground from under one step of a compaction. */
const ATTEMPTS_MAX = 5;

/**
 * On files of which it is known that no row is superseded by one in another that has it. So a partition
 * of such files alone need not be read, however many they are.
 */
const NEWEST_TAG = "gdelt-streams.newest";

export interface CompactionSpec {
  /** Keep the newest row of each key only. null: keep all rows. */
  readonly newest: NewestSpec | null;
  /** Smaller files are put together. */
  readonly fileBytesMin: number;
  /** About as large as files get. */
  readonly fileBytesMax: number;
}

export interface CompactionResult {
  readonly filesRemoved: number;
  readonly bytesRemoved: number;
  readonly filesAdded: number;
  readonly bytesAdded: number;
  readonly rowsDropped: number;
}

const NOTHING: CompactionResult = {
  filesRemoved: 0,
  bytesRemoved: 0,
  filesAdded: 0,
  bytesAdded: 0,
  rowsDropped: 0,
};

/** Compacts all partitions, one after the other. */
export async function compactTable(
  table: DeltaTable,
  spec: CompactionSpec,
): Promise<CompactionResult> {
  await table.refresh();
  const dates = new Set([...table.snapshot.files.values()].map((file) => table.dateOf(file)));
  return await compactPartitions(table, dates, spec);
}

/** Compacts these partitions, one after the other. */
export async function compactPartitions(
  table: DeltaTable,
  dates: Iterable<string | null>,
  spec: CompactionSpec,
): Promise<CompactionResult> {
  let total = NOTHING;
  for (const date of dates) total = sum(total, await compactPartition(table, date, spec));
  return total;
}

/**
 * Two steps, each a commit where there is something to do. First the files with superseded rows are
 * written anew without them, which is a change of data and says so. Then small files are put together,
 * which is none: who follows the table's changes need not look. Both are safe beside writers: what
 * they append meanwhile stays as it is, and if they remove a file that was read the step is done again.
 *
 * Memory: the file at hand, the one being made, and some 40 bytes for each key of the partition.
 */
export async function compactPartition(
  table: DeltaTable,
  date: string | null,
  spec: CompactionSpec,
): Promise<CompactionResult> {
  const { fileBytesMax, fileBytesMin, newest } = spec;
  /** Files of which no row is superseded by another one of them. */
  let settled = new Set<string>();
  const dropped = await rewrite(table, date, async () => {
    const files = filesOf(table, date);
    settled = new Set(files.map(({ path }) => path));
    if (newest === null || files.every(isTagged)) return null;
    const kept = await keptRows(table, files, newest);
    const rewritten = kept.filter((each) => each.dropped > 0);
    for (const { file } of rewritten) settled.delete(file.path);
    return {
      groups: packed(rewritten, fileBytesMax),
      isNewest: () => true,
      // A row is superseded by those of any of these.
      reads: files,
      operation: "DELETE",
      operationParameters: { predicate: `["not the newest of its ${newest.key.join(", ")}"]` },
      dataChange: true,
    };
  });
  for (const path of dropped.added) settled.add(path);
  const put = await rewrite(table, date, async () => {
    const small = filesOf(table, date).filter(({ size }) => size < fileBytesMin);
    const isNewest = (group: readonly KeptRows[]) =>
      newest !== null && group.every(({ file }) => settled.has(file.path));
    // One that is left over is written once more for its tag alone, not read at each compaction.
    const groups = packed(small.map(whole), fileBytesMax).filter(
      (group) => group.length > 1 || (isNewest(group) && !isTagged(group[0]!.file)),
    );
    return {
      groups,
      isNewest,
      reads: groups.flat().map(({ file }) => file),
      operation: "OPTIMIZE",
      operationParameters: { predicate: "[]" },
      dataChange: false,
    };
  });
  return sum(dropped.result, put.result);
}

/** What one step wants: each group of files becomes one. */
interface Rewriting extends Pick<CommitPlan, "operation" | "operationParameters"> {
  readonly groups: readonly (readonly KeptRows[])[];
  /** Whether what a group becomes has the tag. */
  readonly isNewest: (group: readonly KeptRows[]) => boolean;
  readonly reads: readonly AddFile[];
  readonly dataChange: boolean;
}

interface Rewritten {
  readonly result: CompactionResult;
  /** Paths of the new files. */
  readonly added: readonly string[];
}

/** Plans a step and commits it, until no other writer has changed what the plan relies on. */
async function rewrite(
  table: DeltaTable,
  date: string | null,
  plan: () => Promise<Rewriting | null>,
): Promise<Rewritten> {
  for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts++) {
    const { metaData } = table.snapshot;
    const wanted = await plan();
    if (wanted === null || wanted.groups.length === 0) return { result: NOTHING, added: [] };
    const adds = await writeGroups(table, date, wanted);
    const { operation, operationParameters, reads, dataChange } = wanted;
    const removed = wanted.groups.flat();
    const outcome = await table.commit({
      operation,
      operationParameters,
      actions: [
        ...removed.map(({ file }) => removal(file, table.clock.nowMs(), dataChange)),
        ...adds.map((add) => ({ add })),
      ],
      transactions: [],
      isBlindAppend: false,
      reads: new Set(reads.map(({ path }) => path)),
      fits: metaData,
    });
    if (outcome.kind === "committed") {
      const result = {
        filesRemoved: removed.length,
        bytesRemoved: removed.reduce((bytes, { file }) => bytes + file.size, 0),
        filesAdded: adds.length,
        bytesAdded: adds.reduce((bytes, { size }) => bytes + size, 0),
        rowsDropped: removed.reduce((rows, { dropped }) => rows + dropped, 0),
      };
      return { result, added: adds.map(({ path }) => path) };
    }
    await table.discard(adds);
    await table.refresh();
  }
  throw new RetriableError(
    `table ${table.name}: other writers changed the files of ${date} during each of ` +
      `${ATTEMPTS_MAX} compactions`,
  );
}

async function writeGroups(
  table: DeltaTable,
  date: string | null,
  { groups, isNewest, dataChange }: Rewriting,
): Promise<AddFile[]> {
  const adds: AddFile[] = [];
  const { schema, indexedColumns } = table;
  // One for all files: each is stored before the next is begun.
  const bytes = new ByteScratch();
  for (const group of groups) {
    const file = await encodeParquetStream(schema, readKept(table, group), indexedColumns, bytes);
    if (file === null) continue;
    const add = await table.writeFile(file, date, dataChange);
    adds.push(isNewest(group) ? { ...add, tags: { [NEWEST_TAG]: "true" } } : add);
  }
  return adds;
}

const filesOf = (table: DeltaTable, date: string | null): AddFile[] =>
  [...table.snapshot.files.values()].filter((file) => table.dateOf(file) === date);

const isTagged = ({ tags }: AddFile): boolean => tags?.[NEWEST_TAG] === "true";

const whole = (file: AddFile): KeptRows => ({ file, flags: null, dropped: 0, bytes: file.size });

/** Files which together make one of at most about `bytesMax`, as far as their sizes tell. */
function packed(files: readonly KeptRows[], bytesMax: number): KeptRows[][] {
  const groups: KeptRows[][] = [];
  // Less than a file of nothing takes: the first one opens a group.
  let room = -1;
  for (const file of files) {
    if (file.bytes > room) {
      groups.push([]);
      room = bytesMax;
    }
    groups.at(-1)!.push(file);
    room -= file.bytes;
  }
  return groups;
}

const sum = (a: CompactionResult, b: CompactionResult): CompactionResult => ({
  filesRemoved: a.filesRemoved + b.filesRemoved,
  bytesRemoved: a.bytesRemoved + b.bytesRemoved,
  filesAdded: a.filesAdded + b.filesAdded,
  bytesAdded: a.bytesAdded + b.bytesAdded,
  rowsDropped: a.rowsDropped + b.rowsDropped,
});

const removal = (
  { path, partitionValues, size }: AddFile,
  deletionTimestamp: number,
  dataChange: boolean,
): Action => ({
  remove: {
    path,
    deletionTimestamp,
    dataChange,
    extendedFileMetadata: true,
    partitionValues,
    size,
  },
});
