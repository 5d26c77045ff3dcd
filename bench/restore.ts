import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { applyHeapSettings } from "../src/app/heap-settings.ts";
import { openObjectStore } from "../src/app/open-object-store.ts";
import { CachedObjectStore } from "../src/state/cached-object-store.ts";
import { Checkpointer } from "../src/state/checkpointer.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";
import type { ObjectStore } from "../src/state/object-store.ts";
import { SpillFolder } from "../src/state/spill.ts";
import { WindowStore } from "../src/state/window-store.ts";

/**
 * Restores the chains of a million events from a checkpoint store, and from copies of its blocks on
 * the local disk. The state is as `event-chains` has it in eight days of generated slices: a segment
 * a slice, a commit a slice, of each event its row and five contributions, 890 bytes with the index.
 * `node bench/restore.ts [--events N] [--place s3://bucket/prefix] [--resident-mb N] [--runs N]`
 */
const { values: args } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    slices: { type: "string", default: "768" },
    "resident-mb": { type: "string", default: "256" },
    runs: { type: "string", default: "3" },
    place: { type: "string" },
    name: { type: "string" },
  },
});
applyHeapSettings();
const slices = Number(args.slices);
const eventsPerSlice = Math.ceil(Number(args.events) / slices);
const SEGMENT_MS = 900_000;
const ROW_BYTES = 456;
const CONTRIBUTIONS = 5;
const CONTRIBUTION_BYTES = 64;

const folder = await mkdtemp(path.join(tmpdir(), "restore-"));
const application = `bench-${randomUUID()}`;
const task = `${application}/1/0_0`;

let spills = 0;
function openStore(): WindowStore {
  const residentBytesMax = Number(args["resident-mb"]) * 1024 * 1024;
  const limits = { residentBytesMax, cacheBytesMax: 16 * 1024 * 1024 };
  const spill = new SpillFolder(path.join(folder, `spill-${spills++}`), limits).open("chains");
  return new WindowStore({ kind: "window", name: "chains", segmentMs: SEGMENT_MS }, spill);
}

/** A commit a slice; the id of the last, and what was in the store. */
async function fill(objects: ObjectStore) {
  const store = openStore();
  const checkpointer = new Checkpointer<null>(objects, task, "0_0");
  const payload = new Uint8Array(ROW_BYTES);
  let id = "";
  for (let slice = 0; slice < slices; slice++) {
    const segment = store.openSegment(slice * SEGMENT_MS);
    for (let event = 0; event < eventsPerSlice; event++) {
      const key = slice * eventsPerSlice + event;
      payload.fill(key & 255);
      segment.append(key >>> 8, key, 0, payload, 0, ROW_BYTES);
      for (let n = 0; n < CONTRIBUTIONS; n++) {
        segment.append(key >>> 8, key, 1, payload, 0, CONTRIBUTION_BYTES);
      }
    }
    id = await checkpointer.cut([store], null);
    store.committed();
    await checkpointer.committed();
  }
  const { bytes, entries } = store;
  store.close();
  return { id, bytes, entries };
}

interface Took {
  readonly seconds: number;
  /** Of this process: the store's own work is not in it. */
  readonly cpuSeconds: number;
}

async function restore(objects: ObjectStore, id: string, entries: number): Promise<Took> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const store = openStore();
  await new Checkpointer<null>(objects, task, "0_0").restore(id, [store]);
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  if (store.entries !== entries) throw new Error(`${store.entries} entries instead of ${entries}`);
  store.close();
  return { seconds: rounded(seconds), cpuSeconds: rounded((user + system) / 1e6) };
}

const rounded = (seconds: number): number => Number(seconds.toFixed(2));

/** Counts what comes from far away. */
function counted(objects: ObjectStore): { readonly objects: ObjectStore; gets: number } {
  const count = {
    gets: 0,
    objects: {
      get: (at: string) => {
        count.gets++;
        return objects.get(at);
      },
      put: (at: string, bytes: Uint8Array) => objects.put(at, bytes),
      putIfAbsent: (at: string, bytes: Uint8Array) => objects.putIfAbsent(at, bytes),
      list: (prefix: string) => objects.list(prefix),
      delete: (at: string) => objects.delete(at),
    },
  };
  return count;
}

try {
  const place = args.place ?? path.join(folder, "remote");
  const remote = await openObjectStore({ place, commits: true });
  const { id, bytes, entries } = await fill(remote);
  const blocks = await remote.list(`${task}/blocks/`);
  const fromStore: Took[] = [];
  const fromCopies: Took[] = [];
  const far = counted(remote);
  const copies = await CachedObjectStore.open({
    remote: far.objects,
    local: new FolderObjectStore(path.join(folder, "copies"), { synced: false }),
    bytesMax: 8 * 1024 ** 3,
  });
  await restore(copies, id, entries);
  const filled = far.gets;
  for (let run = 0; run < Number(args.runs); run++) {
    fromStore.push(await restore(remote, id, entries));
    fromCopies.push(await restore(copies, id, entries));
  }
  const result = {
    machine: `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`,
    store: args.place === undefined ? "a folder" : "S3",
    events: slices * eventsPerSlice,
    entries,
    stateMb: Math.round(bytes / 1e6),
    blocks: blocks.length,
    blocksMb: Math.round(blocks.reduce((sum, { size }) => sum + size, 0) / 1e6),
    residentMb: Number(args["resident-mb"]),
    fromStore,
    fromCopies,
    getsFromCopies: far.gets - filled,
    rssMb: Math.round(process.memoryUsage().rss / 1e6),
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  console.log(text);
  if (args.name !== undefined) {
    await writeFile(path.join(import.meta.dirname, "results", `${args.name}.json`), text);
  }
  for (const { path: at } of await remote.list(`${application}/`)) await remote.delete(at);
} finally {
  await rm(folder, { recursive: true });
}
