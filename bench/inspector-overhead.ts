import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { writeAmplified } from "./amplified-slices.ts";
import { conditions, median, round } from "./process-cost.ts";
import { writeResult } from "./replica-bench.ts";

/**
 * `node bench/inspector-overhead.ts [--slices 24] [--pairs 7] [--scrape-every 1000]`: the real slices,
 * amplified, are joined into tables with metrics and inspector on, and scraped, and off: in pairs, each
 * in turn first. What counts is the processor time of a pair, which others on the machine disturb least.
 */
const { values } = parseArgs({
  options: {
    slices: { type: "string", default: "24" },
    pairs: { type: "string", default: "7" },
    partitions: { type: "string", default: "2" },
    "scrape-every": { type: "string", default: "1000" },
    name: { type: "string", default: "inspector-overhead" },
  },
});
const samples = process.env["GDELT_SAMPLES"] ?? path.resolve("../shared/data/gdelt");
const work = mkdtempSync(path.join(tmpdir(), "gdelt-bench-"));
const CHILD = path.join(import.meta.dirname, "inspector-child.ts");

interface Run {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly scrapes: number;
  readonly scrapeBytes: number;
}

async function runOnce(slices: string, inspected: "on" | "off"): Promise<Run> {
  const out = path.join(work, "out");
  rmSync(out, { recursive: true, force: true });
  const args = [CHILD, slices, out, values.partitions, inspected];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new AbortController();
  let last = "";
  let scraping = Promise.resolve({ scrapes: 0, scrapeBytes: 0 });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("http")) scraping = scrape(line, ended.signal);
    last = line;
  }
  ended.abort();
  return { ...JSON.parse(last), ...(await scraping) };
}

/** As Prometheus does, but more often. */
async function scrape(url: string, stop: AbortSignal) {
  let scrapes = 0;
  let scrapeBytes = 0;
  while (!stop.aborted) {
    await sleep(Number(values["scrape-every"]), undefined, { signal: stop }).catch(() => {});
    const text = await fetch(`${url}/metrics`).then(
      (answer) => answer.text(),
      () => null,
    );
    if (text === null) continue;
    scrapes++;
    scrapeBytes = text.length;
  }
  return { scrapes, scrapeBytes };
}

try {
  const slices = path.join(work, "slices");
  writeAmplified(path.join(samples, "joined/gdeltv2"), slices, { count: Number(values.slices) });
  // The first of all is slower than any other.
  await runOnce(slices, "off");
  const pairs: { on: Run; off: Run }[] = [];
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const order = pair % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const);
    const runs: Partial<Record<"on" | "off", Run>> = {};
    for (const inspected of order) runs[inspected] = await runOnce(slices, inspected);
    pairs.push({ on: runs.on!, off: runs.off! });
    process.stderr.write(`${JSON.stringify(pairs.at(-1))}\n`);
  }
  const ratios = (of: "cpuSeconds" | "seconds") => pairs.map(({ on, off }) => on[of] / off[of]);
  const percent = (ratio: number) => round((ratio - 1) * 100, 2);
  writeResult(values.name, {
    ...conditions(),
    slices: Number(values.slices),
    partitions: Number(values.partitions),
    rows: pairs[0]!.on.rows,
    scrapeEveryMs: Number(values["scrape-every"]),
    cpuOverheadPercent: {
      median: percent(median(ratios("cpuSeconds"))),
      each: ratios("cpuSeconds").map(percent),
    },
    timeOverheadPercent: {
      median: percent(median(ratios("seconds"))),
      each: ratios("seconds").map(percent),
    },
    pairs,
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
