import { applyHeapSettings } from "../src/app/heap-settings.ts";
import { replay } from "../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../src/app/replay-options.ts";

/**
 * One measured replay: `replay-child.ts <slices> <out> <partitions> [bronze]`; a JSON object with its
 * course.
 */
const [slices, out, partitions, bronze] = process.argv.slice(2);
applyHeapSettings();
const course: { slices: number; rows: number; seconds: number; rssMb: number }[] = [];
const before = process.cpuUsage();
const summary = await replay(
  {
    ...REPLAY_DEFAULTS,
    slices: slices!,
    out: out!,
    partitions: Number(partitions),
    bronze: bronze === "bronze",
  },
  { nowMs: () => Date.now() },
  ({ slicesDone, rows, seconds }) => {
    const rssMb = Math.round(process.memoryUsage.rss() / 1e6);
    course.push({ slices: slicesDone, rows, seconds, rssMb });
  },
  new AbortController().signal,
);
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ summary, course, cpuSeconds: (user + system) / 1e6 })}\n`);
