import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { RetriableError } from "../../record/errors.ts";
import { Turns } from "../../record/turns.ts";
import type { Answer, Database, Parameter, Transaction, TransactionLimits } from "./database.ts";
import type { PgliteReply, PgliteRequest } from "./pglite-messages.ts";
import { worldError } from "./statement-error.ts";

/** Kept by one process; released when that has ended or is about to. */
export interface ProcessLock {
  release(): Promise<void>;
}

export interface PgliteOptions {
  /** Of the database's files. It is made if it is not there; the one above it must be. */
  readonly folder: string;
  /** Takes the folder for the process of that id. PGlite itself does not look who else is there. */
  readonly lock: (pid: number) => Promise<ProcessLock>;
  /** A process that does not answer for so long is ended: it may be in a loop. Default: 5 minutes. */
  readonly silenceMsMax?: number;
}

const SILENCE_MS_MAX = 300_000;

/**
 * V8's optimizing compiler takes 600 MB for one function of PGlite; without it PGlite does a third
 * less. The flags hold for a whole process, therefore it has one.
 */
const V8_FLAGS = ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"];

/** Opens the Postgres in a folder, in a process beside. It has one connection: transactions queue. */
export async function openPglite(options: PgliteOptions): Promise<Database> {
  if (!existsSync(path.join(options.folder, "PG_VERSION"))) await create(options);
  const database = new PgliteDatabase(options);
  await database.open();
  return database;
}

/** In a process that ends, since it takes twice the memory; and aside, so that half of one is none. */
async function create({ folder, ...options }: PgliteOptions): Promise<void> {
  const aside = `${folder}.new`;
  await rm(aside, { recursive: true, force: true });
  const database = new PgliteDatabase({ ...options, folder: aside });
  await database.open();
  await database.close();
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
}

class PgliteDatabase implements Database {
  private readonly options: PgliteOptions;
  private readonly turns = new Turns();
  private host: PgliteHost | null = null;

  constructor(options: PgliteOptions) {
    this.options = options;
  }

  async open(): Promise<void> {
    this.host = await PgliteHost.start(this.options);
  }

  transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    { timeoutMs }: TransactionLimits = {},
  ): Promise<T> {
    return this.turns.take(async () => {
      if (this.host === null) await this.open();
      const host = this.host!;
      // PGlite has no time limits of its own: who takes too long loses the process, and all in it.
      const timer =
        timeoutMs === undefined ? null : setTimeout(() => host.kill(TOO_LONG), timeoutMs);
      try {
        return await run(host, work);
      } finally {
        if (timer !== null) clearTimeout(timer);
        if (!host.isAlive) this.host = null;
      }
    });
  }

  async close(): Promise<void> {
    await this.turns.take(async () => {
      await this.host?.close();
      this.host = null;
    });
  }
}

async function run<T>(host: PgliteHost, work: (tx: Transaction) => Promise<T>): Promise<T> {
  let result: T;
  try {
    await host.execute("begin");
    result = await work(host);
    await host.commit();
  } catch (error) {
    if (host.isAlive) await host.execute("rollback");
    throw error;
  }
  await host.tidy();
  return result;
}

const TOO_LONG = {
  message: "canceling statement due to statement timeout",
  code: "57014",
};

/** The process: asked one thing at a time, in the order of the calls, so that it owes one answer. */
class PgliteHost implements Transaction {
  private readonly child: ChildProcess;
  private readonly turns = new Turns();
  private lock: ProcessLock | null = null;
  private killedFor: typeof TOO_LONG | null = null;
  private waiting: PromiseWithResolvers<PgliteReply> | null = null;

  private readonly silenceMsMax: number;

  private constructor(silenceMsMax: number) {
    this.silenceMsMax = silenceMsMax;
    // As this file is: TypeScript in a checkout, JavaScript in a package.
    const entry = new URL(`pglite-process${path.extname(import.meta.filename)}`, import.meta.url);
    this.child = fork(entry, [], {
      execArgv: V8_FLAGS,
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.child.on("message", (reply) => this.settle(reply as PgliteReply));
    this.child.on("error", ({ message }) => this.settle({ kind: "failed", message }));
    this.child.once("exit", (code, signal) => {
      this.settle({ kind: "failed", message: `its process ended (${signal ?? code})` });
    });
  }

  static async start({
    folder,
    lock,
    silenceMsMax = SILENCE_MS_MAX,
  }: PgliteOptions): Promise<PgliteHost> {
    const host = new PgliteHost(silenceMsMax);
    try {
      host.lock = await lock(host.child.pid!);
      await host.ask({ kind: "open", folder });
      return host;
    } catch (error) {
      await host.end();
      throw error;
    }
  }

  get isAlive(): boolean {
    return this.child.connected && this.child.exitCode === null && this.child.signalCode === null;
  }

  async query(sql: string, parameters: readonly Parameter[] = []): Promise<Answer> {
    const reply = await this.ask({ kind: "query", sql, parameters });
    if (reply.kind !== "answer") throw new TypeError(`a query was answered with ${reply.kind}`);
    return reply.answer;
  }

  async execute(sql: string): Promise<void> {
    await this.ask({ kind: "execute", sql });
  }

  async commit(): Promise<void> {
    // Of a transaction in which a statement has failed Postgres makes a rollback, without a word.
    await this.execute("select 1; commit");
  }

  async tidy(): Promise<void> {
    await this.ask({ kind: "tidy" });
  }

  async close(): Promise<void> {
    if (this.isAlive) await this.ask({ kind: "close" });
    await this.end();
  }

  kill(reason: typeof TOO_LONG): void {
    this.killedFor = reason;
    this.child.kill("SIGKILL");
  }

  /** Makes sure that the process is gone, and gives the folder back. */
  private async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid) {
      const exit = once(this.child, "exit");
      this.child.kill("SIGKILL");
      await exit;
    }
    await this.lock?.release();
    this.lock = null;
  }

  private ask(request: PgliteRequest): Promise<PgliteReply> {
    return this.turns.take(() => this.askNow(request));
  }

  private async askNow(request: PgliteRequest): Promise<PgliteReply> {
    if (!this.isAlive) throw this.failure("its process has ended");
    const waiting = Promise.withResolvers<PgliteReply>();
    this.waiting = waiting;
    this.child.send(request);
    // To open may mean to recover first, and that takes what it takes.
    const silent = request.kind !== "open" && setTimeout(() => this.hangs(), this.silenceMsMax);
    const reply = await waiting.promise;
    if (silent !== false) clearTimeout(silent);
    if (reply.kind === "refused") throw worldError(reply.refusal);
    if (reply.kind !== "failed") return reply;
    await this.end();
    throw this.failure(reply.message);
  }

  private failure(message: string): Error {
    if (this.killedFor !== null) return worldError(this.killedFor);
    return new RetriableError(`the embedded database has failed: ${message}`);
  }

  private hangs(): void {
    this.settle({ kind: "failed", message: `no answer for ${this.silenceMsMax} ms` });
  }

  private settle(reply: PgliteReply): void {
    this.waiting?.resolve(reply);
    this.waiting = null;
  }
}
