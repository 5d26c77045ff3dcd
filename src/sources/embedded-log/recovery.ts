import { ConfigError } from "../../record/errors.ts";
import { partitionName } from "../../record/record-batch.ts";
import { FrameReader, frameBytes } from "./frame-reader.ts";
import type { JournalOptions, OpenJournal } from "./journal.ts";
import { decodeCommit, JournalState } from "./journal-state.ts";
import { createSegment, damaged, type Segment, segmentIds, segmentPath } from "./segment.ts";

interface Replayed {
  readonly segment: Segment;
  readonly reader: FrameReader;
  /** Where the first frame that is not whole begins, or the end of the file. */
  readonly wholeTo: number;
}

/**
 * Reads the journal back: what was committed, and nothing else. Of all segments but the last only
 * headers and commit frames are read; the last is verified and cut after its last commit frame.
 * @throws ConfigError when something that was committed is damaged or missing.
 */
export async function recoverJournal(options: JournalOptions): Promise<OpenJournal> {
  const { files, folder } = options;
  const state = new JournalState();
  const segments: Segment[] = [];
  const ids = await segmentIds(files, folder);
  try {
    for (const id of ids) {
      const isLast = id === ids.at(-1);
      const { segment, reader, wholeTo } = await replay(options, id, state, isLast);
      segments.push(segment);
      if (wholeTo === reader.size && segment.headBytes > 0) continue;
      if (!isLast || (await wasDurable(reader, wholeTo))) throw damaged(segment.path, wholeTo);
    }
    await dropHeadless(options, segments);
    const active = segments.at(-1) ?? (await createSegment(files, folder, 1, state.snapshot()));
    if (segments.length === 0) segments.push(active);
    await active.file.truncate(active.bytes);
    // A process that was killed may have left its last commits to the system, and they are visible.
    await active.file.sync();
    await files.syncFolder(folder);
    checkComplete(folder, state, segments);
    return { state, segments };
  } catch (error) {
    for (const { file } of segments) await file.close();
    throw error;
  }
}

/** Applies the commit frames of a segment. Its `bytes` end with the last of them. */
async function replay(
  { files, folder }: JournalOptions,
  id: number,
  state: JournalState,
  isLast: boolean,
): Promise<Replayed> {
  const path = segmentPath(folder, id);
  const file = await files.open(path, "existing");
  const size = await file.size();
  const reader = new FrameReader(file, id, size);
  let headBytes = 0;
  let bytes = 0;
  let at = 0;
  while (at < size) {
    const header = await reader.header(at);
    if (!header) break;
    const isCommit = header.kind === "commit";
    const frame = isCommit || isLast ? await reader.frame(at, header) : null;
    if (!frame && (isCommit || isLast)) break;
    const next = at + frameBytes(header);
    if (isCommit && frame) {
      const commit = decodeCommit(frame, header);
      if (at === 0 && commit.snapshot) headBytes = next;
      state.replay(commit, id);
      bytes = next;
    }
    if (headBytes === 0) break;
    at = next;
  }
  return { segment: { id, path, file, headBytes, bytes }, reader, wholeTo: at };
}

/**
 * Whether a later commit frame says that `position` had reached the disk. Then what is broken there
 * is damage; otherwise it is what a crash leaves of writes that nobody was told had happened.
 */
async function wasDurable(reader: FrameReader, position: number): Promise<boolean> {
  for (let from = position; ; ) {
    const found = await reader.nextCommit(from);
    if (!found) return false;
    if (decodeCommit(found.frame, found.header).durableTo > position) return true;
    from = found.position + frameBytes(found.header);
  }
}

/** A segment that a crash has left without its snapshot was never used: the one before goes on. */
async function dropHeadless({ files, folder }: JournalOptions, segments: Segment[]): Promise<void> {
  const last = segments.at(-1);
  if (!last || last.headBytes > 0) return;
  if (segments.length === 1 && last.id !== 1) throw damaged(last.path, 0);
  segments.pop();
  await last.file.close();
  await files.unlink(last.path);
  await files.syncFolder(folder);
}

/** Every offset between the bounds has to be there: a file of the folder may have been lost. */
function checkComplete(folder: string, state: JournalState, segments: readonly Segment[]): void {
  const missing = state.settle();
  if (missing) throw lost(folder, `${partitionName(missing)} from offset ${missing.offset} on`);
  const ends = new Map(segments.map(({ id, bytes }) => [id, bytes]));
  const activeId = segments.at(-1)?.id;
  for (const [at, { ranges }] of state.partitions()) {
    for (const { place, firstOffset } of ranges) {
      const end = ends.get(place.segment);
      if (end === undefined || (place.segment === activeId && place.position + place.bytes > end)) {
        const path = segmentPath(folder, place.segment);
        throw lost(folder, `${partitionName(at)} at offset ${firstOffset}, which was in ${path}`);
      }
    }
  }
}

const lost = (folder: string, what: string): ConfigError =>
  new ConfigError(
    `the journal in ${folder} lacks ${what}, although it was committed: ` +
      "restore the folder from a copy, or remove it to begin with nothing",
  );
