import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../../src/record/errors.ts";
import {
  allRun,
  type Holder,
  type InstanceState,
  isUp,
  withHolder,
  withoutHolder,
} from "./instance-state.ts";
import { underLock } from "./machine-lock.ts";
import { freePorts } from "./ports.ts";
import { tail } from "./run-logged.ts";
import { endProcess, isRunning, type RunningProcess } from "./running-process.ts";
import type { Service } from "./service.ts";
import { spawnServer } from "./spawn-server.ts";

export interface Settings {
  /** The first of its ports; free ones when it is not given. */
  readonly port?: number;
  readonly fsync?: boolean;
}

const LOCK_MS_MAX = 180_000;
const STOP_MS_MAX = 20_000;
const POLL_MS = 100;
const DYING_MS = 200;

/**
 * The servers of a service in one folder: started once for all who want them, stopped when the last
 * one has left. A process that died holds nothing. Data last until the stop: they are tests' data.
 */
export class Instance {
  readonly #folder: string;
  readonly #data: string;
  readonly #stateFile: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#data = path.join(folder, "data");
    this.#stateFile = path.join(folder, "state.json");
  }

  /**
   * Starts it with empty data, or joins those who use it.
   * @throws ConfigError when it does not come up, or runs with other settings.
   */
  start(service: Service, holder: Holder, settings: Settings = {}): Promise<InstanceState> {
    return this.#locked(async () => {
      const state = await this.#read();
      if (state !== null && (await isUp(state))) {
        refuseOther(state, settings);
        return this.#write(await withHolder(state, holder));
      }
      if (state !== null) await endServers(state);
      const ports = await freePorts(service.portCount, settings.port);
      await rm(this.#folder, { recursive: true });
      await mkdir(this.#data, { recursive: true });
      return this.#launch(service, {
        ports,
        fsync: settings.fsync ?? false,
        stopSignal: service.stopSignal,
        servers: [],
        isReady: false,
        holders: [holder],
      });
    });
  }

  /** Starts those servers again, on the same data and ports, that have died: for tests that kill them. */
  restart(service: Service): Promise<InstanceState> {
    return this.#locked(async () => {
      const state = await this.#read();
      if (state === null) throw new ConfigError(`nothing was started in ${this.#folder}`);
      return this.#launch(service, { ...state, isReady: false });
    });
  }

  /**
   * The holder, if one is named, needs it no longer; it is stopped when nobody does.
   * @returns who still does.
   */
  stop(holder?: Holder): Promise<readonly Holder[]> {
    return this.#locked(() => this.#release(holder));
  }

  /** Stops it unless somebody needs it, and deletes the logs too. */
  discard(): Promise<void> {
    return this.#locked(async () => {
      const holders = await this.#release();
      if (holders.length === 0) await rm(this.#folder, { recursive: true });
    });
  }

  /** What is up now; null when nothing is, or not all of it. */
  async running(): Promise<InstanceState | null> {
    const state = await this.#read();
    return state !== null && (await isUp(state)) ? state : null;
  }

  async #release(holder?: Holder): Promise<readonly Holder[]> {
    const state = await this.#read();
    if (state === null) return [];
    const left = await withoutHolder(state, holder);
    if (left.holders.length > 0 && (await isUp(state))) {
      await this.#write(left);
      return left.holders;
    }
    await endServers(state);
    await rm(this.#data, { recursive: true, force: true });
    await rm(this.#stateFile);
    return [];
  }

  async #launch(service: Service, start: InstanceState): Promise<InstanceState> {
    let state = start;
    const logs: string[] = [];
    try {
      const { ports, fsync } = start;
      const commands = await service.prepare({ data: this.#data, ports, fsync });
      for (const [index, command] of commands.entries()) {
        const log = path.join(this.#folder, `server-${index + 1}.log`);
        logs.push(log);
        const former = start.servers[index];
        if (former !== undefined && (await staysRunning(former))) continue;
        const server = await spawnServer(command, this.#data, log);
        const servers = [...state.servers];
        servers[index] = server;
        // At once: if we die now, the next one must find it.
        state = await this.#write({ ...state, servers });
      }
      await untilReady(service, state);
      return await this.#write({ ...state, isReady: true });
    } catch (cause) {
      await endServers(state);
      const ends = logs.map(async (log) => `\nThe end of ${log}:\n${await tail(log)}`);
      const message = `${service.software.name} did not start: ${(cause as Error).message}`;
      throw new ConfigError(message + (await Promise.all(ends)).join(""), { cause });
    }
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    return underLock(`${this.#folder}.lock`, LOCK_MS_MAX, async () => {
      await mkdir(this.#folder, { recursive: true });
      // The place is known to all users of the machine: another may have made it before us.
      const { uid } = await stat(this.#folder);
      if (uid !== userInfo().uid) {
        throw new ConfigError(`${this.#folder} is another user's: set GDELT_STREAMS_SERVICES`);
      }
      return work();
    });
  }

  async #read(): Promise<InstanceState | null> {
    try {
      return JSON.parse(await readFile(this.#stateFile, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  async #write(state: InstanceState): Promise<InstanceState> {
    await writeFile(`${this.#stateFile}.new`, JSON.stringify(state, null, 2));
    await rename(`${this.#stateFile}.new`, this.#stateFile);
    return state;
  }
}

/** One that was killed a moment ago may still be seen. */
async function staysRunning(server: RunningProcess): Promise<boolean> {
  if (!(await isRunning(server))) return false;
  await sleep(DYING_MS);
  return isRunning(server);
}

async function untilReady(service: Service, state: InstanceState): Promise<void> {
  for (let waitedMs = 0; waitedMs < service.startMsMax; waitedMs += POLL_MS) {
    if (!(await allRun(state.servers))) throw new Error("a server has ended");
    if (await service.isReady(state.ports)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`it was not ready after ${service.startMsMax / 1000} s`);
}

async function endServers({ servers, stopSignal }: InstanceState): Promise<void> {
  await Promise.all(servers.map((server) => endProcess(server, stopSignal, STOP_MS_MAX)));
}

function refuseOther({ ports, fsync }: InstanceState, wanted: Settings): void {
  const isOther =
    (wanted.port !== undefined && wanted.port !== ports[0]) ||
    (wanted.fsync !== undefined && wanted.fsync !== fsync);
  if (!isOther) return;
  const settings = `port ${ports[0]}, fsync ${fsync ? "on" : "off"}`;
  throw new ConfigError(`it runs already, with ${settings}: stop it, or take it as it is`);
}
