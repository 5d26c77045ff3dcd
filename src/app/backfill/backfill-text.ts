import type { BackfillPlan } from "./backfill-plan.ts";
import type { BackfillProgress, BackfillSummary } from "./backfill-tally.ts";

/** Holes that are told one by one. */
const GAPS_SHOWN = 10;

/** The plan, for a person. */
export function planText({ slices, gaps, disk, ...plan }: BackfillPlan): string {
  const missing = Object.entries(plan.missing).filter(([, count]) => count > 0);
  const lines = [
    `range     ${plan.from} to ${plan.to}: ${number(slices.in_range)} slices, ` +
      `${number(slices.found)} of them there, ${number(slices.done)} done already`,
    `files     ${number(plan.files)}, ${size(plan.bytes)}; ${size(plan.bytes_left)} left to do`,
    `missing   ${missing.map(([feed, count]) => `${feed} ${number(count)}`).join(", ") || "none"}` +
      " of slices that are there",
    `gaps      ${gaps.length === 0 ? "none" : `${number(gaps.length)}, the longest:`}`,
    ...gaps
      .slice(0, GAPS_SHOWN)
      .map(({ from, to, slices: count }) => `  ${from} to ${to}: ${number(count)} slices`),
    `time      about ${duration(plan.expected_seconds)}`,
  ];
  if (disk !== null) {
    lines.push(
      `disk      about ${size(disk.table_bytes)} of tables, and ${size(disk.work_bytes)} while it ` +
        `runs; ${size(disk.free_bytes)} are free`,
    );
    if (disk.table_bytes + disk.work_bytes > disk.free_bytes) {
      lines.push("          that is more than there is: choose another --out, or --tables s3://…");
    }
  }
  return `${lines.join("\n")}\n`;
}

export function progressText(progress: BackfillProgress): string {
  const { slice, bytesDone, bytesToDo, rows, seconds, secondsLeft } = progress;
  const percent = bytesToDo === 0 ? 100 : (100 * bytesDone) / bytesToDo;
  const pace = seconds > 0 ? `${(bytesDone / 1e6 / seconds).toFixed(1)} MB/s  ` : "";
  const left = secondsLeft === null ? "" : `${duration(secondsLeft)} left`;
  return `slice ${slice}  ${percent.toFixed(1)} %  ${number(rows)} rows  ${pace}${left}`;
}

export function summaryText(summary: BackfillSummary): string {
  const rows = Object.entries(summary.rows).map(([feed, count]) => `${feed} ${number(count)}`);
  return [
    `slices    ${number(summary.slices)}`,
    `rows in   ${rows.join(", ") || "none"}`,
    `files     ${number(summary.rejected)} rejected, ${number(summary.not_there)} not there`,
    `took      ${duration(summary.seconds)}, ${number(summary.rows_per_second)} rows/s, ` +
      `${summary.mb_per_second} MB/s of files, peak memory ${summary.peak_rss_mb} MB`,
    ...(summary.interrupted ? ["stopped; run it again to go on"] : []),
    "",
  ].join("\n");
}

const number = (value: number): string => value.toLocaleString("en-US");

function size(bytes: number): string {
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  return bytes < 1e12 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e12).toFixed(2)} TB`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${(hours / 24).toFixed(1)} days`;
}
