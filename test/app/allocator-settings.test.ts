import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

const module = new URL("../../src/app/allocator-settings.ts", import.meta.url).href;
const program = `
  const { applyAllocatorSettings } = await import(${JSON.stringify(module)});
  applyAllocatorSettings();
  const { pid, argv, env } = process;
  console.log(JSON.stringify({ pid, last: argv.at(-1), arenas: env.MALLOC_ARENA_MAX, kept: env.KEPT }));
`;

/** What a process tells that applies the settings, and its id as its parent knows it. */
async function told(environment: Readonly<Record<string, string>>) {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("MALLOC_"));
  const env = { ...Object.fromEntries(others), ...environment };
  const args = ["--input-type=module", "-e", program, "--", "an argument"];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  return { ...JSON.parse(said), expected: child.pid };
}

test("the program has the allocator's settings, and is the same process with the same arguments", {
  skip: process.platform !== "linux" && "only glibc has them",
}, async () => {
  const { pid, expected, ...rest } = await told({ KEPT: "yes" });
  assert.equal(pid, expected);
  assert.deepEqual(rest, { last: "an argument", arenas: "2", kept: "yes" });
});

test("what the environment says about the allocator stays as it is", async () => {
  const { arenas } = await told({ MALLOC_ARENA_MAX: "7" });
  assert.equal(arenas, "7");
});
