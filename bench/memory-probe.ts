import { appendFileSync } from "node:fs";
import { isMainThread, threadId } from "node:worker_threads";
import { wasmMemoryBytes } from "../src/sinks/delta/encoder.ts";

/**
 * Preloaded into a replica (`NODE_OPTIONS=--import=…`): each thread writes what memory it has to the
 * file `MEMORY_PROBE`, a line of JSON every two seconds. Megabytes.
 */
const INTERVAL_MS = 2000;
const file = process.env["MEMORY_PROBE"]!;
const mb = (bytes: number) => Math.round(bytes / 1e6);

function write(): void {
  const { heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const sample = {
    atMs: Date.now(),
    thread: isMainThread ? "main" : threadId,
    heapTotal: mb(heapTotal),
    heapUsed: mb(heapUsed),
    external: mb(external),
    arrayBuffers: mb(arrayBuffers),
    wasm: mb(wasmMemoryBytes()),
  };
  appendFileSync(file, `${JSON.stringify(sample)}\n`);
}

if (!isMainThread) setInterval(write, INTERVAL_MS).unref();
