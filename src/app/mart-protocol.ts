import path from "node:path";
import { ConfigError } from "../record/errors.ts";
import type { Answer, AnswerColumn } from "../sinks/postgres/database.ts";
import type { Refusal } from "../sinks/postgres/statement-error.ts";

/**
 * How a process asks another for what is in its embedded mart, over a Unix socket in the data
 * folder: one line of JSON is the question (`MartQuestion`), the lines that come back are the answer:
 * the columns, each row, and whether there are more rows; or an error.
 */
export type MartReplyLine =
  | { readonly columns: readonly AnswerColumn[] }
  | { readonly row: Answer["rows"][number] }
  | { readonly more: boolean }
  | { readonly error: Refusal };

/** What every system takes (macOS 103, Linux 107). */
const PATH_BYTES_MAX = 103;

/**
 * The socket's path from the root or from here, whichever is shorter.
 * @throws ConfigError when it is longer than a socket's may be.
 */
export function socketAddress(socket: string): string {
  const [absolute, relative] = [path.resolve(socket), path.relative(process.cwd(), socket)];
  const address = relative.length < absolute.length ? relative : absolute;
  if (Buffer.byteLength(address) <= PATH_BYTES_MAX) return address;
  throw new ConfigError(
    `${socket}: a socket's path has ${PATH_BYTES_MAX} bytes at the most; choose a data folder with ` +
      "a shorter path, or start in one that is nearer to it",
  );
}
