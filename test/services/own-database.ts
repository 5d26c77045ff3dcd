import { execFile } from "node:child_process";
import { after } from "node:test";
import { promisify } from "node:util";
import { postgresProgram } from "../../scripts/services/postgres.ts";

export interface OwnDatabase {
  /** `postgres://user@host:port/database` */
  readonly url: string;
}

/** An empty database, dropped when the test file has run. */
export async function ownDatabase(endpoint: string, own: string): Promise<OwnDatabase> {
  await psql(endpoint, `create database "${own}"`);
  after(() => psql(endpoint, `drop database if exists "${own}" with (force)`));
  const url = new URL(endpoint);
  url.pathname = `/${own}`;
  return { url: url.href };
}

/** What statements print, without names and alignment. @throws with the server's message. */
export async function psql(url: string, ...statements: string[]): Promise<string> {
  const commands = statements.flatMap((statement) => ["-c", statement]);
  const args = ["-X", "-At", "-v", "ON_ERROR_STOP=1", ...commands, url];
  const { stdout } = await promisify(execFile)(await postgresProgram("psql"), args);
  return stdout.trim();
}
