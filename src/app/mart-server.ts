import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { Database } from "../sinks/postgres/database.ts";
import { type MartReplyLine, socketAddress } from "./mart-protocol.ts";
import { ask, type MartQuestion, QuestionRefused } from "./mart-question.ts";

const CONNECTIONS_MAX = 8;
const QUESTION_BYTES_MAX = 1024 * 1024;
const IDLE_MS_MAX = 60_000;

export interface MartServer {
  close(): Promise<void>;
}

/**
 * Answers questions to the embedded mart, which only this process can ask: one question a connection,
 * as `mart-protocol.ts` has it. Whoever has the mart's lock may call this; so what is found at the
 * path was left behind.
 */
export async function serveMart(database: Database, socket: string): Promise<MartServer> {
  const address = socketAddress(socket);
  await rm(socket, { force: true });
  const open = new Set<Socket>();
  const server = createServer((connection) => {
    open.add(connection);
    connection.once("close", () => open.delete(connection));
    // Somebody who went away in the middle is no concern of ours.
    connection.on("error", () => {});
    connection.setTimeout(IDLE_MS_MAX, () => connection.destroy());
    void answer(database, connection).finally(() => connection.end());
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, address);
  return {
    close: async () => {
      for (const connection of open) connection.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** For the user alone: what is asked and answered is theirs. */
async function listen(server: Server, address: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    server.listen(address);
  } finally {
    process.umask(before);
  }
  await once(server, "listening");
}

async function answer(database: Database, connection: Socket): Promise<void> {
  let question: MartQuestion | null;
  try {
    question = await readQuestion(connection);
  } catch (error) {
    await send(connection, { error: { message: (error as Error).message, code: "08P01" } });
    return;
  }
  if (question === null) return;
  try {
    const { columns, rows, more } = await ask(database, question);
    await send(connection, { columns });
    for (const row of rows) await send(connection, { row });
    await send(connection, { more });
  } catch (error) {
    const refusal =
      error instanceof QuestionRefused
        ? error.refusal
        : { message: (error as Error).message, code: "XX000" };
    await send(connection, { error: refusal });
  }
}

/** A line of JSON; null when the other side has gone. */
async function readQuestion(connection: Socket): Promise<MartQuestion | null> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of connection.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    const end = bytes.indexOf("\n");
    if (end >= 0) {
      connection.setTimeout(0);
      return parseQuestion(bytes.toString("utf8", 0, end));
    }
    if (bytes.length > QUESTION_BYTES_MAX) throw new Error("the question is longer than 1 MiB");
  }
  return null;
}

function parseQuestion(line: string): MartQuestion {
  const { sql, rowsMax, timeoutMs } = JSON.parse(line) as Partial<MartQuestion>;
  if (typeof sql !== "string" || !isCount(rowsMax) || !isCount(timeoutMs)) {
    throw new Error("a question has sql, rowsMax and timeoutMs");
  }
  return { sql, rowsMax, timeoutMs };
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

async function send(connection: Socket, line: MartReplyLine): Promise<void> {
  if (connection.destroyed) return;
  if (connection.write(`${JSON.stringify(line)}\n`)) return;
  await Promise.race([once(connection, "drain"), once(connection, "close")]);
}
