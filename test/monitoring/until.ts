import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const TRIES_MAX = 300;
const POLL_MS = 300;

/** Waits for what takes its time. @throws when it takes 90 s. */
export async function until(
  what: string | (() => string),
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < TRIES_MAX, `in vain: ${typeof what === "string" ? what : what()}`);
    await sleep(POLL_MS);
  }
}
