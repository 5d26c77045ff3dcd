import type { IncomingHttpHeaders } from "node:http";

/** Something that can be asked for, as it is now. */
export interface Representation {
  readonly bytes: Buffer;
  readonly type: string;
  /** Without quotes; the same for the same bytes. */
  readonly tag: string;
  readonly modifiedMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** What is left out of the answer to HEAD. */
  readonly body: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** The answer to GET and HEAD: 200, 206 or 416 for a range, 304 when the asker has it already. */
export function answerTo(headers: IncomingHttpHeaders, it: Representation): Answer {
  const common = {
    etag: `"${it.tag}"`,
    "last-modified": new Date(it.modifiedMs).toUTCString(),
    "accept-ranges": "bytes",
  };
  if (isKnown(headers, it)) return { status: 304, headers: common, body: NOTHING };
  const described = { ...common, "content-type": it.type };
  const size = it.bytes.length;
  const range = rangeOf(headers, it);
  if (range === null) {
    return { status: 200, headers: { ...described, "content-length": size }, body: it.bytes };
  }
  if (range === "unsatisfiable") {
    const outside = { "content-range": `bytes */${size}`, "content-length": 0 };
    return { status: 416, headers: { ...common, ...outside }, body: NOTHING };
  }
  const body = it.bytes.subarray(range.first, range.last + 1);
  const part = `bytes ${range.first}-${range.last}/${size}`;
  return {
    status: 206,
    headers: { ...described, "content-range": part, "content-length": body.length },
    body,
  };
}

/** A tag outdoes a time. */
function isKnown(headers: IncomingHttpHeaders, { tag, modifiedMs }: Representation): boolean {
  const tags = headers["if-none-match"];
  if (tags !== undefined) {
    return tags.split(",").some((each) => ["*", `"${tag}"`, `W/"${tag}"`].includes(each.trim()));
  }
  const since = headers["if-modified-since"];
  return since !== undefined && modifiedMs <= Date.parse(since);
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Null: all of it, also for several ranges at once, and for a part of what is not the same any more. */
function rangeOf(
  headers: IncomingHttpHeaders,
  { bytes, tag, modifiedMs }: Representation,
): Range | "unsatisfiable" | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (from === undefined || to === undefined || from + to === "") return null;
  const onlyIf = headers["if-range"]?.toString();
  if (onlyIf !== undefined && onlyIf !== `"${tag}"` && Date.parse(onlyIf) !== modifiedMs)
    return null;
  const end = bytes.length - 1;
  const range =
    from === ""
      ? { first: Math.max(0, bytes.length - Number(to)), last: end }
      : { first: Number(from), last: to === "" ? end : Math.min(Number(to), end) };
  if (from !== "" && to !== "" && Number(to) < Number(from)) return null;
  return range.first > end ? "unsatisfiable" : range;
}
