import { readdir, readFile } from "node:fs/promises";
import type { FaultProxy } from "../../s3/fault-proxy.ts";
import type { ResourceSample } from "../evidence.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

/** A replica with a way to the object store that is its own, where it can be disturbed. */
export class Replica {
  readonly name: string;
  readonly store: FaultProxy;
  readonly process: SupervisedProcess;

  constructor(name: string, store: FaultProxy, process: SupervisedProcess) {
    this.name = name;
    this.store = store;
    this.process = process;
  }

  get isRunning(): boolean {
    return this.process.state === "RUNNING";
  }

  /** Whether that is how one of its threads calls itself to brokers. */
  isClient(clientId: string): boolean {
    return clientId.startsWith(`${this.name}-`);
  }

  /** What it takes up now; null while it is down. */
  async sample(): Promise<ResourceSample | null> {
    const { pid } = this.process;
    if (pid === null) return null;
    try {
      const status = await readFile(`/proc/${pid}/status`, "latin1");
      const handles = (await readdir(`/proc/${pid}/fd`)).length;
      const rssKib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
      return rssKib === undefined
        ? null
        : { replica: this.name, rssBytes: Number(rssKib) * 1024, handles };
    } catch {
      // It has gone in between, or this is no Linux.
      return null;
    }
  }
}
