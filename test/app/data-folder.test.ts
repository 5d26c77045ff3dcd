import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { claimFolder, workFolder } from "../../src/app/data-folder.ts";
import { ConfigError } from "../../src/record/errors.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-claim-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const claim = { feed: "simulator", partitions: 2, translation: false };

test("a folder goes on as it was begun", async () => {
  const folder = path.join(scratch, "same");
  await claimFolder(folder, claim);
  await claimFolder(folder, claim);
});

for (const [name, other] of [
  ["feed", { ...claim, feed: "live" }],
  ["partitions", { ...claim, partitions: 3 }],
  ["translation", { ...claim, translation: true }],
] as const) {
  test(`a folder is refused with another ${name}, which the message names`, async () => {
    const folder = path.join(scratch, name);
    await claimFolder(folder, claim);
    await assert.rejects(claimFolder(folder, other), (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, new RegExp(`${name} ${claim[name]}.*${name} ${other[name]}`));
      return true;
    });
    await claimFolder(folder, claim);
  });
}

test("a damaged note is an error that says what to do", async () => {
  const folder = path.join(scratch, "damaged");
  await claimFolder(folder, claim);
  await writeFile(path.join(workFolder(folder), "claim.json"), '{"feed":"simul');
  await assert.rejects(claimFolder(folder, claim), /damaged: delete it/);
});
