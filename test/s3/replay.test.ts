import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { compareWithOracle } from "../oracle/compare.ts";
import { pythonReaders } from "../python-readers.ts";
import { service } from "../services/service.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { storageOptionsOf, storeOf } from "./store-of.ts";

const { connection: bucket, skip } = await service("minio");
const noPython = (await pythonReaders()) === null && "no Python with delta-rs and DuckDB";
const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));
const KILLS = 3;

/** Runs a command to its end, or to the one that `until` brings about with the process. */
async function run(endpoint: string, args: readonly string[], until: (kill: () => void) => void) {
  const env = { ...process.env, ...storageOptionsOf(bucket!), AWS_ENDPOINT_URL: endpoint };
  const child = spawn(process.execPath, [program, ...args], { env });
  until(() => child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const [code, signal] = await once(child, "close");
  return { how: signal ?? code, said };
}

test("a replay into a bucket, with its checkpoints there, equals the batch join however it is killed", {
  skip: skip || noPython,
}, async (t) => {
  const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
  t.diagnostic(`STREAMS_SEED=${seed}`);
  const random = new Random(seed);
  const scratch = await mkdtemp(join(tmpdir(), "replay-s3-"));
  const proxy = await FaultProxy.start(bucket!.endpoint);
  try {
    const slices = join(scratch, "slices");
    const stream = new SliceStream({ seed, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 60 });
    await writeSlices(slices, stream.slices(8), { zipped: true });
    const out = join(scratch, "out");
    const at = `s3://${bucket!.bucket}`;
    const args = ["replay", slices, "--out", out, "--json", "--partitions", "2"];
    args.push("--tables", `${at}/lake`, "--checkpoints", `${at}/checkpoints`);
    const faults = ["half", "lost", "unanswered", 503, null, null, null, null] as const;
    for (let kill = 0; kill < KILLS; kill++) {
      // The first run makes at least so many requests; a later one may end before.
      const fatal = 5 + random.below(60);
      let requests = 0;
      const { how, said } = await run(proxy.url, args, (die) => {
        proxy.faultOf = () => {
          if (++requests === fatal) die();
          return random.below(10) === 0 ? faults[random.below(faults.length)]! : null;
        };
      });
      assert.ok(how === "SIGKILL" || (kill > 0 && how === 0), said);
    }
    proxy.faultOf = () => null;
    const last = await run(proxy.url, args, () => {});
    assert.equal(last.how, 0, last.said);
    for (const action of ["verify", "compact", "verify"]) {
      const { how, said } = await run(proxy.url, ["lake", action, `${at}/lake`], () => {});
      assert.equal(how, 0, said);
    }
    const [there, here] = [storeOf(bucket!, "lake"), new FolderObjectStore(join(scratch, "copy"))];
    for (const { path } of await there.list("")) await here.put(path, (await there.get(path))!);
    const report = await compareWithOracle({ slices, out: join(scratch, "copy") });
    assert.ok(report.equal, report.message);
    assert.ok(report.counts["complete"]! > 0);
    // Of both there is nothing left behind in the folder.
    assert.ok((await storeOf(bucket!, "checkpoints").list("")).length > 0);
    assert.deepEqual((await readdir(join(out, ".gdelt-streams"))).sort(), ["log", "spill"]);
    assert.deepEqual(await readdir(out), [".gdelt-streams"]);
  } finally {
    await proxy.stop();
    await rm(scratch, { recursive: true });
  }
});
