import type { ObjectInfo, ObjectStore } from "../state/object-store.ts";
import type { Intercept } from "./intercepted-log.ts";

/** An object store whose every call goes through `intercept`, under names like `store.put`. */
export class InterceptedObjectStore implements ObjectStore {
  private readonly store: ObjectStore;
  private readonly intercept: Intercept;

  constructor(store: ObjectStore, intercept: Intercept) {
    this.store = store;
    this.intercept = intercept;
  }

  get(path: string): Promise<Uint8Array | null> {
    return this.intercept("store.get", () => this.store.get(path));
  }

  put(path: string, bytes: Uint8Array): Promise<void> {
    return this.intercept("store.put", () => this.store.put(path, bytes));
  }

  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    return this.intercept("store.putIfAbsent", () => this.store.putIfAbsent(path, bytes));
  }

  list(prefix: string): Promise<ObjectInfo[]> {
    return this.intercept("store.list", () => this.store.list(prefix));
  }

  delete(path: string): Promise<void> {
    return this.intercept("store.delete", () => this.store.delete(path));
  }
}
