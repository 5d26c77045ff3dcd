import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

const root = join(import.meta.dirname, "../../..");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const tune = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const all = [join(root, "bin/gdelt-streams.js"), "tune", ...args];
    execFile(process.execPath, all, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

describe("gdelt-streams tune", () => {
  const scratch = mkdtempSync(join(tmpdir(), "gdelt-streams-tune-"));
  const asked: string[] = [];
  /** By a part of the question. */
  let answers: Readonly<Record<string, string>> = {};
  const server = createServer((request, response) => {
    const query = new URL(request.url!, "http://a").searchParams.get("query")!;
    asked.push(query);
    const found = Object.entries(answers).find(([part]) => query.includes(part));
    const result = found === undefined ? [] : [{ metric: {}, value: [0, found[1]] }];
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  });

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const prometheus = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test("asks a Prometheus for the last days, says what would fit, and keeps what it saw", async () => {
    answers = {
      "count(process_resident_memory_bytes": "6",
      "max_over_time(process_resident_memory_bytes": String(3e9),
      gdelt_join_wait: "NaN",
    };
    const save = join(scratch, "seen.json");
    const { code, stdout, stderr } = await tune(
      "--prometheus",
      prometheus(),
      "--days",
      "2",
      "--save",
      save,
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /limits\.memory: 3072M → 3840M\n {2}the largest replica had 2861M/);
    assert.match(stdout, /by what 6 replicas did in 2 days/);
    assert.ok(
      asked.every((query) => query.includes("[2880m")),
      asked.join("\n"),
    );
    assert.equal(JSON.parse(readFileSync(save, "utf8")).waitedSeconds, null);
    const again = await tune("--from", save, "--json");
    assert.ok(JSON.parse(again.stdout).proposals.length > 0);
  });

  test("says that it is the wrong one, or none, and how it is asked", async () => {
    answers = {};
    const wrong = await tune("--prometheus", prometheus());
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /has seen no job gdelt-streams in 3 days/);
    const none = await tune("--prometheus", "http://127.0.0.1:1");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /does not answer as a Prometheus does/);
    assert.equal((await tune()).code, 2);
  });
});
