/** What an object store lists. */
export interface ObjectInfo {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/**
 * A store of immutable objects under `/`-separated paths: a local folder, a bucket, or memory.
 * Checkpoints and Delta tables live in one. Every method may fail with a `RetriableError`; a write
 * that fails may or may not have happened. A reader never sees half an object.
 */
export interface ObjectStore {
  /** The whole object, or null when there is none. */
  get(path: string): Promise<Uint8Array | null>;
  /** Writes or replaces. Durable when the promise resolves. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes unless the path exists; of several racing calls exactly one gets `true`, though their
   * bytes be the same. A call that fails may be that one.
   */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Everything whose path starts with `prefix`, in byte order of the paths. */
  list(prefix: string): Promise<ObjectInfo[]>;
  /** Deletes; a missing object is no error. */
  delete(path: string): Promise<void>;
}

/** Order of `list`: by the bytes of the paths, which is not JavaScript's order of strings. */
export const byPath = (a: ObjectInfo, b: ObjectInfo): number =>
  Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
