import { RetriableError } from "../../../src/record/errors.ts";
import type { ObjectInfo, ObjectStore } from "../../../src/state/object-store.ts";

/** The process is gone: nothing it does from here on has an effect. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export interface Fault {
  /** Which call of the store, counted from 0. */
  readonly call: number;
  /** Whether the call had its effect all the same. */
  readonly effect: boolean;
  /** `crash` ends the process; `lost-reply` is one failure that may be tried again. */
  readonly kind: "crash" | "lost-reply";
}

/** One process's way to a shared store, on which some calls fail. */
export class FaultyStore implements ObjectStore {
  private readonly store: ObjectStore;
  private faults: readonly Fault[];
  private calls = 0;
  private dead = false;

  constructor(store: ObjectStore, faults: readonly Fault[] = []) {
    this.store = store;
    this.faults = faults;
  }

  /** Counts calls from here on, and fails these. */
  arm(faults: readonly Fault[]): void {
    this.faults = faults;
    this.calls = 0;
  }

  get isDead(): boolean {
    return this.dead;
  }

  get(path: string): Promise<Uint8Array | null> {
    return this.through(() => this.store.get(path));
  }

  put(path: string, bytes: Uint8Array): Promise<void> {
    return this.through(() => this.store.put(path, bytes));
  }

  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.through(() => this.store.putIfAbsent(path, bytes));
  }

  list(prefix: string): Promise<ObjectInfo[]> {
    return this.through(() => this.store.list(prefix));
  }

  delete(path: string): Promise<void> {
    return this.through(() => this.store.delete(path));
  }

  private async through<T>(call: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Crash("the process is gone");
    const number = this.calls++;
    const fault = this.faults.find((each) => each.call === number);
    if (fault === undefined) return await call();
    if (fault.kind === "crash") this.dead = true;
    if (fault.effect) await call();
    throw fault.kind === "crash" ? new Crash(`at call ${number}`) : new RetriableError("no reply");
  }
}
