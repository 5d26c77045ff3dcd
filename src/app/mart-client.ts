import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { RetriableError } from "../record/errors.ts";
import { type MartReplyLine, socketAddress } from "./mart-protocol.ts";
import { type MartAnswer, type MartQuestion, QuestionRefused } from "./mart-question.ts";

/**
 * Asks the process that has the embedded mart open; null: nobody answers at the socket.
 * @throws QuestionRefused @throws RetriableError when the process goes away meanwhile.
 */
export async function askOwner(socket: string, question: MartQuestion): Promise<MartAnswer | null> {
  const connection = await connectTo(socket);
  if (connection === null) return null;
  try {
    connection.write(`${JSON.stringify(question)}\n`);
    let columns: MartAnswer["columns"] = [];
    const rows: MartAnswer["rows"][number][] = [];
    for await (const text of createInterface({ input: connection })) {
      const line = JSON.parse(text) as MartReplyLine;
      if ("error" in line) throw new QuestionRefused(line.error);
      if ("columns" in line) columns = line.columns;
      else if ("row" in line) rows.push(line.row);
      else return { columns, rows, more: line.more };
    }
    throw new RetriableError("the process that has the mart went away before it had answered");
  } finally {
    connection.destroy();
  }
}

/** Nobody listens at a socket that was left behind. */
const NOBODY = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK"]);

async function connectTo(socket: string): Promise<Socket | null> {
  const connection = connect(socketAddress(socket));
  try {
    await once(connection, "connect");
    return connection;
  } catch (error) {
    if (NOBODY.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
