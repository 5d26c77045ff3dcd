import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MillionEvents } from "./million-events.ts";
import { conditions, handlesOf, median, rssMbOf } from "./process-cost.ts";
import { writeResult } from "./replica-bench.ts";

/**
 * `node bench/soak.ts [--minutes 20] [--every 2000] [--threads 1]`: one replica has a million events
 * of state; a slice comes every so many ms, and as many events expire. What memory it has is told by
 * the minute, with the files and sockets that it has open.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    every: { type: "string", default: "2000" },
    threads: { type: "string", default: "1" },
    built: { type: "string", default: path.join(tmpdir(), "gdelt-streams-million-events.json") },
  },
});
const SAMPLE_MS = 1000;
const MINUTE_MS = 60_000;

const million = await MillionEvents.open(values.built, {
  partitions: 4,
  "num.stream.threads": Number(values.threads),
});
const { bench } = million;

interface Minute {
  readonly rssMb: { readonly median: number; readonly most: number };
  readonly handles: number;
  readonly slices: number;
}

try {
  const replica = bench.replica("soak");
  await replica.until(
    "RUNNING",
    () => replica.states.at(-1) === "RUNNING" && replica.tasks.length > 0,
  );
  const pid = replica.child.pid!;
  const minutes: Minute[] = [];
  let slices = 0;
  let isOver = false;
  const publishing = (async () => {
    for (; !isOver; slices++) {
      await million.publishNext();
      await sleep(Number(values.every));
    }
  })();
  for (let minute = 0; minute < Number(values.minutes); minute++) {
    const before = slices;
    const samples: number[] = [];
    for (const startMs = performance.now(); performance.now() - startMs < MINUTE_MS; ) {
      samples.push(rssMbOf(pid));
      await sleep(SAMPLE_MS);
    }
    const rssMb = { median: Math.round(median(samples)), most: Math.round(Math.max(...samples)) };
    minutes.push({ rssMb, handles: handlesOf(pid), slices: slices - before });
    process.stderr.write(`${JSON.stringify(minutes.at(-1))}\n`);
  }
  isOver = true;
  await publishing;
  const odd = replica.lines.filter(({ level }) => level !== "info");
  if (odd.length > 0) process.stderr.write(`${JSON.stringify(odd.slice(0, 5))}\n`);
  const ended = await replica.stop();
  if (ended !== 0) throw new Error(`the replica ended with ${ended}`);
  writeResult("soak", {
    ...conditions(),
    events: million.events,
    checkpointMb: await million.checkpointMb(),
    threads: Number(values.threads),
    minutes,
  });
} finally {
  await million.close();
}
