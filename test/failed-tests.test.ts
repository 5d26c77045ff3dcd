import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { failedTests } from "../scripts/failed-tests.ts";

/** The report of Node's own runner of a file of tests. */
async function reportOf(source: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "failed-tests-"));
  try {
    const file = path.join(folder, "some.test.mjs");
    await writeFile(file, source);
    // Within a runner it would report to that.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    return await new Promise((resolve) => {
      const args = ["--test", "--test-reporter=tap", file];
      execFile(process.execPath, args, { env }, (_error, stdout) => resolve(stdout));
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("tests that failed are told with their errors, at any depth, and no others", async () => {
  const tap = await reportOf(`
    import assert from "node:assert/strict";
    import { describe, test } from "node:test";
    describe("outer", () => {
      test("inner", () => assert.equal("seed: 5\\nof two lines", "2500"));
      test("fine", () => {});
    });
    test("plain", () => { throw new TypeError("boo"); });
  `);
  const [inner, plain, ...more] = failedTests(tap);
  assert.match(inner!, /^✖ inner\n.*seed: 5\n +of two lines/s);
  assert.match(plain!, /^✖ plain\n.*error: 'boo'.*some\.test\.mjs/s);
  assert.deepEqual(more, []);
});
