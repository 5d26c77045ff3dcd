import { fsyncSync } from "node:fs";
import { PGlite, type PGliteOptions } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import type { Answer, Parameter } from "./database.ts";
import { PgliteHousekeeping } from "./pglite-housekeeping.ts";
import type { PgliteReply, PgliteRequest } from "./pglite-messages.ts";
import type { Refusal } from "./statement-error.ts";

/**
 * The process in which PGlite runs, started by `PgliteDatabase` and spoken to by messages, one at a
 * time. It is PGlite that makes it a process: see docs/decisions/0019.
 */

/** Besides what PGlite says itself, but for its `-F`: files are synced here. */
const SETTINGS = [
  "fsync=on",
  // The one way to sync that reaches `stream_ops` below.
  "wal_sync_method=fsync",
  // A quarter of what PGlite would take; the system's cache of files serves as well.
  "shared_buffers=32MB",
  "work_mem=8MB",
  "maintenance_work_mem=16MB",
  "max_wal_size=128MB",
  "min_wal_size=32MB",
];

/** PGlite's files in a folder; a sync is one, which it is not in theirs. */
class SyncedFolder extends NodeFS {
  override async init(...args: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(...args);
    const preRun = emscriptenOpts.preRun ?? [];
    preRun.push(({ NODEFS }) => {
      const { stream_ops } = NODEFS as unknown as NodeFileSystem;
      stream_ops.fsync = ({ nfd }) => {
        // Folders have no descriptor.
        if (nfd !== undefined) fsyncSync(nfd);
        return 0;
      };
    });
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

interface NodeFileSystem {
  readonly stream_ops: { fsync?: (stream: { readonly nfd?: number }) => number };
}

/** Values go in and out as they are, whatever their type: text, or bytes in binary form. */
const asTheyAre: Record<number, (value: string) => string> = new Proxy(
  {},
  { get: () => (value: string) => value },
);

let database: PGlite | undefined;
let housekeeping: PgliteHousekeeping | undefined;

async function open(folder: string): Promise<void> {
  const startParams = PGlite.defaultStartParams.filter((parameter) => parameter !== "-F");
  for (const setting of SETTINGS) startParams.push("-c", setting);
  const options: PGliteOptions = { fs: new SyncedFolder(folder), startParams };
  database = await PGlite.create(options);
  database.parsers = asTheyAre;
  database.serializers = asTheyAre;
  housekeeping = new PgliteHousekeeping(database);
}

async function query(sql: string, parameters: readonly Parameter[]): Promise<Answer> {
  const { fields, rows, affectedRows } = await database!.query<(string | null)[]>(
    sql,
    parameters.map((value) => (typeof value === "number" ? `${value}` : value)),
    { rowMode: "array" },
  );
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
    rows,
    count: affectedRows || rows.length,
  };
}

async function reply(request: PgliteRequest): Promise<PgliteReply> {
  switch (request.kind) {
    case "open":
      await open(request.folder);
      return { kind: "done" };
    case "query":
      return { kind: "answer", answer: await query(request.sql, request.parameters) };
    case "execute":
      await database!.exec(request.sql);
      return { kind: "done" };
    case "tidy":
      await housekeeping!.afterTransaction();
      return { kind: "done" };
    case "close":
      await database?.close();
      return { kind: "done" };
  }
}

function replyOf(error: unknown): PgliteReply {
  const { message, code, severity, detail, hint, position } = error as Partial<ServerError>;
  if (severity !== "ERROR" || code === undefined) return { kind: "failed", message: `${message}` };
  const at = position === undefined ? undefined : Number(position);
  // Only these: the error has the parameters too, megabytes of them.
  return { kind: "refused", refusal: { message: `${message}`, code, detail, hint, position: at } };
}

interface ServerError extends Omit<Refusal, "position"> {
  readonly severity: string;
  readonly position: string | undefined;
}

// Ctrl-C reaches all processes of a terminal; it is the one that started this to end it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
process.on("disconnect", () => process.exit());
process.on("message", async (request: PgliteRequest) => {
  const answer = await reply(request).catch(replyOf);
  process.send!(answer, () => {
    if (request.kind === "close") process.exit();
  });
});
