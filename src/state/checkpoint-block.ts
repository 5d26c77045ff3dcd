import { crc32 } from "node:zlib";
import { TaskCorruptedError } from "../record/errors.ts";
import { CHUNK_BYTES } from "./slab.ts";
import type { Section } from "./store.ts";

/**
 * A block is a run of sections, an immutable object: header length, header (JSON: store, segment,
 * from, length of each section), the sections' bytes, and a CRC-32 of all before it.
 */
type Header = readonly [store: string, segment: number, from: number, length: number][];

export function encodeBlock(sections: readonly Section[]): Uint8Array {
  const header: Header = sections.map(({ store, segment, from, bytes }) => [
    store,
    segment,
    from,
    bytes.length,
  ]);
  const head = Buffer.from(JSON.stringify(header));
  const total = sections.reduce((sum, { bytes }) => sum + bytes.length, 4 + head.length);
  const block = Buffer.allocUnsafe(total + 4);
  block.writeUInt32LE(head.length, 0);
  block.set(head, 4);
  let at = 4 + head.length;
  for (const { bytes } of sections) {
    block.set(bytes, at);
    at += bytes.length;
  }
  block.writeUInt32LE(crc32(block.subarray(0, at)), at);
  return block;
}

/** Tells blocks of different content apart: length and CRC. */
export const blockName = (block: Uint8Array): string =>
  `${block.length}-${Buffer.from(block.subarray(-4)).toString("hex")}`;

/** The sections of a block, as views of it. */
export function decodeBlock(path: string, bytes: Uint8Array): Section[] {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = block.length - 4;
  if (end < 4 || block.readUInt32LE(end) !== crc32(block.subarray(0, end))) {
    throw new TaskCorruptedError(
      `checkpoint block ${path} (${bytes.length} bytes) fails its CRC: restore it from a copy, ` +
        "or reset the application",
    );
  }
  const headEnd = 4 + block.readUInt32LE(0);
  const header = JSON.parse(block.toString("utf8", 4, headEnd)) as Header;
  let at = headEnd;
  return header.map(([store, segment, from, length]) => {
    const section = { store, segment, from, bytes: block.subarray(at, at + length) };
    at += length;
    return section;
  });
}

/** Joins sections that follow one another in their segment. */
export function mergeSections(sections: readonly Section[]): Section[] {
  const bySegment = new Map<string, Section[]>();
  for (const section of sections) {
    const key = `${section.store}\n${section.segment}`;
    const runs = bySegment.get(key);
    if (runs === undefined) bySegment.set(key, [section]);
    else runs.push(section);
  }
  return [...bySegment.values()].flatMap(joinRuns);
}

function joinRuns(sections: Section[]): Section[] {
  const runs: Section[][] = [];
  let end = -1;
  for (const section of sections) {
    // Not over the end of a chunk: a window store takes a section into one chunk.
    if (section.from === end && end % CHUNK_BYTES !== 0) runs.at(-1)!.push(section);
    else runs.push([section]);
    end = section.from + section.bytes.length;
  }
  return runs.map((run) =>
    run.length === 1 ? run[0]! : { ...run[0]!, bytes: Buffer.concat(run.map((s) => s.bytes)) },
  );
}
