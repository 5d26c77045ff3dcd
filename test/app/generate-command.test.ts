import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { generate } from "../../src/app/generate-command.ts";
import { parseSliceFileName } from "../../src/gdelt/feeds.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { listSlices } from "../../src/sources/slice-archive.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-generate-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** The list of all files with their sizes and MD5s, as the command has written it. */
async function generated(name: string, ...options: string[]): Promise<string> {
  const folder = path.join(scratch, name);
  await generate([folder, "--events", "5", ...options]);
  return readFileSync(path.join(folder, "masterfilelist.txt"), "utf8");
}

test("generate writes as many whole slices as it is asked for", async () => {
  await generated("three", "--slices", "3");
  const { slices } = await listSlices(path.join(scratch, "three"), parseSliceFileName);
  assert.equal(slices.length, 3);
  for (const { files } of slices) assert.equal(files.size, 3);
});

test("generate writes the same bytes for the same seed, and others for another", async () => {
  const first = await generated("first", "--slices", "2", "--seed", "7");
  assert.equal(await generated("second", "--slices", "2", "--seed", "7"), first);
  assert.notEqual(await generated("third", "--slices", "2", "--seed", "8"), first);
});

for (const args of [[], ["a", "b"], ["a", "--slices", "0"], ["a", "--seed", "x"], ["a", "--no"]]) {
  test(`generate ${args.join(" ") || "without a folder"} is refused as a ConfigError`, async () => {
    await assert.rejects(generate(args), ConfigError);
  });
}
