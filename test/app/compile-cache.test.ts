import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const module = new URL("../../src/app/compile-cache.ts", import.meta.url).href;
const compiled = new URL("../../src/app/duration.ts", import.meta.url).href;
const program = `
  import { getCompileCacheDir } from "node:module";
  import { Worker } from "node:worker_threads";
  const { useCompileCache } = await import(${JSON.stringify(module)});
  useCompileCache();
  await import(${JSON.stringify(compiled)});
  const thread = new Worker(
    \`import { getCompileCacheDir } from "node:module";
     import { parentPort } from "node:worker_threads";
     parentPort.postMessage(getCompileCacheDir() ?? null)\`,
    { eval: true },
  );
  thread.on("message", (dir) =>
    console.log(JSON.stringify([getCompileCacheDir() ?? null, dir])));
`;

const folder = await mkdtemp(path.join(tmpdir(), "compile-cache-"));
after(() => rm(folder, { recursive: true }));

/** Where the process and a thread of it have what was compiled; null: nowhere. */
function caches(environment: Readonly<Record<string, string>>): (string | null)[] {
  const others = Object.entries(process.env).filter(([name]) => !name.includes("COMPILE_CACHE"));
  const env = { ...Object.fromEntries(others), ...environment };
  const args = ["--input-type=module", "-e", program];
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: "utf8" }));
}

test("a process and its threads share what was compiled, in the folder for temporary files", () => {
  const [own, ofThread] = caches({ TMPDIR: folder });
  assert.equal(own?.startsWith(path.join(folder, "node-compile-cache")), true);
  assert.equal(ofThread, own);
});

test("a place that is named counts, and it can be switched off", () => {
  const place = path.join(folder, "named");
  const [own] = caches({ NODE_COMPILE_CACHE: place });
  assert.equal(own?.startsWith(place), true);
  assert.deepEqual(caches({ NODE_DISABLE_COMPILE_CACHE: "1" }), [null, null]);
});
