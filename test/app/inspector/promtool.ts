import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { install } from "../../../scripts/services/install.ts";
import { prometheusProgram } from "../../../scripts/services/prometheus.ts";
import type { Software } from "../../../scripts/services/service.ts";

/**
 * For `skip`: false when these programs are there; what is quick to have is fetched at first use. In CI
 * everything is, and it throws, since a skip there proves nothing.
 */
export async function withoutPrograms(software: Software): Promise<false | string> {
  const inCi = process.env["CI"] === "true";
  const without = `no ${software.name} (${software.effort})`;
  if (!(inCi || software.isQuick() || (await software.isInstalled()))) return without;
  try {
    await install(software);
    return false;
  } catch (cause) {
    if (inCi) throw cause;
    return `${without}: ${(cause as Error).message.split("\n")[0]}`;
  }
}

/** Prometheus' own tool: what it says. @throws when it finds fault. */
export async function promtool(args: readonly string[], input: string): Promise<string> {
  const program = prometheusProgram("promtool");
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const closed = once(child, "close");
  child.stdin.end(input);
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  assert.equal(code, 0, complaints);
  assert.equal(complaints, "");
  return out;
}
