import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReplicaProcess } from "./replica-process.ts";

interface Answer {
  readonly status: number;
  readonly state: string;
  readonly reason: string | null;
}

/** Less often than the inspector minds. */
const EVERY_MS = 100;

/** Asks a replica again and again whether it is ready, until it is gone; what it said, in turn. */
export async function seenReadiness(replica: ReplicaProcess): Promise<readonly Answer[]> {
  const seen: Answer[] = [];
  while (replica.child.exitCode === null && replica.child.signalCode === null) {
    const answer = await replica.asked("/readyz").catch(() => null);
    const { state, reason } = ((await answer?.json().catch(() => null)) ?? {}) as Partial<Answer>;
    if (answer !== null && state !== undefined && state !== seen.at(-1)?.state) {
      seen.push({ status: answer.status, state, reason: reason ?? null });
    }
    await sleep(EVERY_MS);
  }
  return seen;
}

/** Ready when it runs what it was given, at no other time, and never without saying why not. */
export function checkReadiness(seen: readonly Answer[]): void {
  const states = seen.map(({ state }) => state).join(", ");
  assert.match(states, /^(?:CREATED, )?REBALANCING, .*RUNNING/);
  for (const { status, state, reason } of seen) {
    assert.equal(status, state === "RUNNING" ? 200 : 503, states);
    assert.equal(reason === null, state === "RUNNING", states);
  }
}
