import type { Fetched } from "../../ingest/feed/slice-feed.ts";
import { ConfigError, RetriableError } from "../../record/errors.ts";
import {
  type FeedFile,
  FeedFileError,
  type FeedFileReason,
  type RawFile,
} from "../../sources/feed-file.ts";

/** Smaller buffers may lie in one that others use too: those are copied, and cost nothing. */
const MOVED_BYTES_MIN = 1 << 16;

/** What comes back from the thread that has read a file: errors have no class on the way. */
export type FileAnswer =
  | { readonly kind: "whole"; readonly file: FeedFile }
  | { readonly kind: "not_there" }
  | {
      readonly kind: "rejected";
      readonly file: RawFile;
      readonly reason: FeedFileReason;
      readonly problem: string;
    }
  | { readonly kind: "failed"; readonly isConfig: boolean; readonly problem: string };

/** The answer, with the buffers that go over to the other thread. */
export async function answerOf(
  fetching: Promise<Fetched>,
): Promise<{ readonly answer: FileAnswer; readonly moved: ArrayBuffer[] }> {
  try {
    const found = await fetching;
    if (found.kind === "not_there") return { answer: found, moved: [] };
    if (found.kind === "whole") return { answer: found, moved: movable(found.file.bytes) };
    const { file, reason, message } = found.error;
    // The class adds the rest again.
    const problem = message.slice(file.name.length + 2, message.lastIndexOf(` (${reason})`));
    return { answer: { kind: "rejected", file, reason, problem }, moved: [] };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const isConfig = error instanceof ConfigError;
    return { answer: { kind: "failed", isConfig, problem }, moved: [] };
  }
}

const movable = ({ buffer, byteLength }: Buffer): ArrayBuffer[] =>
  byteLength >= MOVED_BYTES_MIN && buffer instanceof ArrayBuffer ? [buffer] : [];

/** The file of an answer; null: there is none. @throws FeedFileError, RetriableError, ConfigError */
export function fileOf(answer: FileAnswer): FeedFile | null {
  switch (answer.kind) {
    case "whole":
      return { ...answer.file, bytes: asBuffer(answer.file.bytes) };
    case "not_there":
      return null;
    case "rejected": {
      const { file, reason, problem } = answer;
      throw new FeedFileError({ ...file, bytes: asBuffer(file.bytes) }, reason, problem);
    }
    case "failed":
      throw new (answer.isConfig ? ConfigError : RetriableError)(answer.problem);
  }
}

/** On the way a buffer becomes a plain array. */
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
