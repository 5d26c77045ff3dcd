import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../record/errors.ts";
import type { Database } from "../sinks/postgres/database.ts";
import { openPglite, type ProcessLock } from "../sinks/postgres/pglite-database.ts";
import { nodeFileSystem } from "../sources/embedded-log/file-system.ts";
import { hostProcesses, lockFolder } from "../sources/embedded-log/folder-lock.ts";
import { valueFromEnvironment } from "./config/environment.ts";
import { workFolder } from "./data-folder.ts";

/** Where the mart is: in the data folder, or on a server. */
export type MartPlace =
  | { readonly kind: "pglite" }
  | { readonly kind: "postgres"; readonly url: string };

/** @throws ConfigError */
export function parseMartPlace(text: string): MartPlace {
  if (text === "pglite") return { kind: "pglite" };
  if (/^postgres(ql)?:\/\//.test(text)) return { kind: "postgres", url: text };
  throw new ConfigError("--mart takes pglite or postgres://user:password@host:port/database");
}

/**
 * The URL of a mart on a server: what was given, else `mart.url` of the environment, whose password is in no
 * list of processes then; null: there is none. @throws ConfigError
 */
export function martServerUrl(given: string | undefined): string | null {
  const text = given ?? valueFromEnvironment("mart.url");
  const place = text === null ? null : parseMartPlace(text);
  return place?.kind === "postgres" ? place.url : null;
}

/** How long to wait for a process that is about to end: the former owner's, or a question's. */
const LOCK_ATTEMPTS = 40;
const LOCK_PAUSE_MS = 250;

/** The embedded mart of a data folder: its files, and how others ask the process that has them. */
export class EmbeddedMart {
  private readonly folder: string;
  /** Where the process that has the mart open answers questions. */
  readonly socket: string;

  constructor(dataFolder: string) {
    this.folder = path.join(workFolder(dataFolder), "mart");
    this.socket = path.join(this.folder, "query.sock");
  }

  get exists(): boolean {
    return existsSync(this.data);
  }

  /** @throws ConfigError when another process has it open. */
  async open(attempts = LOCK_ATTEMPTS): Promise<Database> {
    await mkdir(this.folder, { recursive: true });
    return await openPglite({ folder: this.data, lock: (pid) => this.lock(pid, attempts) });
  }

  private get data(): string {
    return path.join(this.folder, "data");
  }

  private async lock(pid: number, attempts: number): Promise<ProcessLock> {
    const { started } = hostProcesses;
    for (let attempt = 1; ; attempt++) {
      try {
        return await lockFolder(nodeFileSystem, this.folder, { pid, started }, "the mart");
      } catch (error) {
        if (!(error instanceof ConfigError) || attempt >= attempts) throw error;
        await sleep(LOCK_PAUSE_MS);
      }
    }
  }
}
