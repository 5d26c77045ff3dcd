import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { install } from "../../../scripts/services/install.ts";
import { promtoolProgram, promtoolSoftware } from "../../../scripts/services/promtool.ts";

/**
 * For `skip`: false when there is a promtool; fetched at first use. In CI it throws, since a skip there
 * proves nothing.
 */
export async function withoutPromtool(): Promise<false | string> {
  try {
    await install(promtoolSoftware);
    return false;
  } catch (cause) {
    if (process.env["CI"] === "true") throw cause;
    return `no promtool (${promtoolSoftware.effort}): ${(cause as Error).message.split("\n")[0]}`;
  }
}

/** Runs promtool; what it says. @throws when it finds fault. */
export async function promtool(args: readonly string[], input: string): Promise<string> {
  const child = spawn(promtoolProgram(), args, { stdio: ["pipe", "pipe", "pipe"] });
  const closed = once(child, "close");
  child.stdin.end(input);
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  assert.equal(code, 0, complaints);
  assert.equal(complaints, "");
  return out;
}
