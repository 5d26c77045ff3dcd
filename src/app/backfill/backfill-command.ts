import type { Clock } from "../../record/clock.ts";
import { stopSignal } from "../stop-signal.ts";
import { version } from "../version.ts";
import { backfill } from "./backfill.ts";
import { parseBackfill } from "./backfill-options.ts";
import { planText, progressText, summaryText } from "./backfill-text.ts";

/** Lines of progress where there is no terminal, and how often one is drawn anew. */
const LINE_SECONDS = 5;
const REDRAW_SECONDS = 0.2;

/** `gdelt-streams backfill`: the exit code. */
export async function runBackfill(args: string[], clock: Clock): Promise<number> {
  const options = parseBackfill(args);
  const stop = stopSignal("this slice");
  const { stdout, stderr } = process;
  const everySeconds = stderr.isTTY ? REDRAW_SECONDS : LINE_SECONDS;
  let shownAt = Number.NEGATIVE_INFINITY;
  const hooks = {
    userAgent: `gdelt-streams/${await version()} (+npm:gdelt-streams)`,
    environment: process.env,
    onPlan: (plan: Parameters<typeof planText>[0]) => {
      stdout.write(
        options.json ? `${JSON.stringify({ kind: "plan", ...plan })}\n` : planText(plan),
      );
    },
    onProgress: (progress: Parameters<typeof progressText>[0]) => {
      if (progress.seconds - shownAt < everySeconds) return;
      shownAt = progress.seconds;
      const line = progressText(progress);
      stderr.write(
        stderr.isTTY ? `\r${line.slice(0, (stderr.columns ?? 120) - 1)}\x1b[K` : `${line}\n`,
      );
    },
  };
  const summary = await backfill(options, clock, hooks, stop);
  if (stderr.isTTY) stderr.write("\n");
  if (summary === null) return 0;
  stdout.write(
    options.json ? `${JSON.stringify({ kind: "summary", ...summary })}\n` : summaryText(summary),
  );
  return summary.interrupted ? 130 : 0;
}
