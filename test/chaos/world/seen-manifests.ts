import { crc32 } from "node:zlib";
import type { SeenManifest } from "../evidence.ts";

interface Manifest {
  readonly sequence: number;
  readonly meta: {
    readonly tracker: { readonly streamTimeMs: number };
    readonly counters: Readonly<Record<string, number>>;
  };
}

/** All manifests that were ever put into the store: old ones are deleted soon. */
export class SeenManifests {
  readonly #seen = new Map<string, SeenManifest>();

  get all(): readonly SeenManifest[] {
    return [...this.#seen.values()];
  }

  /** Takes every request that is put into the store. */
  put(path: string, body: Buffer): void {
    const found = /\/checkpoints\/[^/]+\/\d+\/([^/]+)\/manifests\/([^/?]+)\.json/.exec(path);
    if (found === null) return;
    const [task, id] = [found[1]!, found[2]!];
    const { sequence, meta } = JSON.parse(body.toString("utf8")) as Manifest;
    this.#seen.set(`${task} ${id}`, {
      task,
      id,
      sequence,
      streamTimeMs: meta.tracker.streamTimeMs,
      counters: meta.counters,
      isWhole: id === `${sequence}-${crc32(body).toString(16).padStart(8, "0")}`,
    });
  }
}
