import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { partitionName } from "../src/record/record-batch.ts";
import type { ReplicaProcess } from "../test/replicas/replica-process.ts";
import { MillionEvents } from "./million-events.ts";
import { conditions } from "./process-cost.ts";
import { timedUntil, writeResult } from "./replica-bench.ts";

/**
 * `node bench/rolling-restart.ts [--every 500] [--standbys 0] [--static]`: three replicas with a
 * million events of state are restarted one after another, in an orderly way, while slices keep
 * coming. Of every input partition the longest time is told in which it had rows to be read and its
 * committed position stood still: before the restarts, where that is what lies between two commits,
 * and during them. `--static`: each has a name of its own in the group, and comes back to its tasks.
 */
const { values } = parseArgs({
  options: {
    every: { type: "string", default: "500" },
    standbys: { type: "string", default: "0" },
    static: { type: "boolean", default: false },
    built: { type: "string", default: path.join(tmpdir(), "gdelt-streams-million-events.json") },
  },
});
const NAMES = ["a", "b", "c"];
const PARTITIONS = 4;
const POLL_MS = 50;
const CALM_MS = 30_000;

const million = await MillionEvents.open(values.built, {
  partitions: PARTITIONS,
  "num.standby.replicas": Number(values.standbys),
});
const { bench } = million;

/** How long positions have stood still although there was something behind them. */
class Pauses {
  readonly #positions = new Map<string, { offset: number; sinceMs: number; longestMs: number }>();
  #isOver = false;
  readonly #watching: Promise<void>;

  constructor() {
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const committed = await bench.log.committed("gdelt-silver-1", bench.inputs);
      for (const at of bench.inputs) {
        const { end } = await bench.log.bounds(at);
        this.#saw(partitionName(at), committed.get(partitionName(at))?.offset ?? 0, end);
      }
      await sleep(POLL_MS);
    }
  }

  #saw(name: string, offset: number, end: number): void {
    const nowMs = performance.now();
    const before = this.#positions.get(name);
    const stood = before !== undefined && before.offset === offset && offset < end;
    const sinceMs = stood ? before.sinceMs : nowMs;
    const longestMs = Math.max(before?.longestMs ?? 0, stood ? nowMs - sinceMs : 0);
    this.#positions.set(name, { offset, sinceMs, longestMs });
  }

  /** The longest of each partition, ms. */
  async end(): Promise<Record<string, number>> {
    this.#isOver = true;
    await this.#watching;
    return Object.fromEntries(
      [...this.#positions].map(([name, { longestMs }]) => [name, Math.round(longestMs)]),
    );
  }
}

const start = (name: string): ReplicaProcess =>
  bench.replica(name, values.static ? { "group.instance.id": name } : {});

const isRunning = (replica: ReplicaProcess) => replica.states.at(-1) === "RUNNING";

/** Slices keep coming until it is told to stop. */
function publishing(): { stop(): Promise<number> } {
  let isOver = false;
  let slices = 0;
  const done = (async () => {
    for (; !isOver; slices++) {
      await million.publishNext();
      await sleep(Number(values.every));
    }
    return slices;
  })();
  return {
    stop: () => {
      isOver = true;
      return done;
    },
  };
}

try {
  const replicas = new Map(NAMES.map((name) => [name, start(name)]));
  const all = () => [...replicas.values()];
  await timedUntil(() => all().every((replica) => isRunning(replica) && replica.tasks.length > 0));
  const slices = publishing();
  await sleep(10_000);
  const calm = new Pauses();
  await sleep(CALM_MS);
  const withoutRestartsMs = await calm.end();
  const disturbed = new Pauses();
  const restartSeconds: number[] = [];
  for (const name of NAMES) {
    const startMs = performance.now();
    await replicas.get(name)!.stop();
    const back = start(name);
    replicas.set(name, back);
    await timedUntil(() => isRunning(back) && back.tasks.length > 0);
    await sleep(5000);
    restartSeconds.push(Math.round((performance.now() - startMs) / 100) / 10);
  }
  const duringRestartsMs = await disturbed.end();
  const published = await slices.stop();
  for (const replica of all()) {
    const odd = replica.lines.filter(({ level }) => level !== "info");
    if (odd.length > 0) process.stderr.write(`${JSON.stringify(odd.slice(0, 5))}\n`);
  }
  await Promise.all(all().map((replica) => replica.stop()));
  const most = (of: Record<string, number>) => Math.max(...Object.values(of));
  writeResult("rolling-restart", {
    ...conditions(),
    events: million.events,
    standbys: Number(values.standbys),
    static: values.static,
    everyMs: Number(values.every),
    slicesPublished: published,
    restartSeconds,
    longestMs: { without: most(withoutRestartsMs), during: most(duringRestartsMs) },
    withoutRestartsMs,
    duringRestartsMs,
  });
} finally {
  await million.close();
}
