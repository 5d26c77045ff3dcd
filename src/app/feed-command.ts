import type { FeedEvent } from "../ingest/feed/feed-event.ts";
import type { Clock } from "../record/clock.ts";
import { parseFeedOptions } from "./feed-options.ts";
import { FeedTotals } from "./feed-summary.ts";
import { describeFeed, FeedView } from "./feed-view.ts";
import { openFollower } from "./follow-feed.ts";
import { openLog } from "./log-place.ts";
import { stopSignal } from "./stop-signal.ts";
import { version } from "./version.ts";

/** Follows a feed and publishes into the embedded log below `--data`, or into Kafka; the exit code. */
export async function runFeed(args: string[], clock: Clock): Promise<number> {
  const options = parseFeedOptions(args, process.env);
  const stop = stopSignal("this slice");
  const totals = new FeedTotals();
  const view = new FeedView((line) => void process.stderr.write(`${line}\n`), clock);
  const onEvent = (event: FeedEvent) => {
    totals.add(event);
    if (options.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else view.show(event);
  };
  const startedMs = clock.nowMs();
  const userAgent = `gdelt-streams/${await version()} (+npm:gdelt-streams)`;
  const log = await openLog(options.log, clock);
  try {
    const follower = await openFollower(log, options, clock, userAgent, onEvent);
    await follower.run(stop);
  } finally {
    await log.close();
  }
  const summary = totals.summary((clock.nowMs() - startedMs) / 1000, stop.aborted);
  process.stdout.write(
    options.json ? `${JSON.stringify({ kind: "summary", ...summary })}\n` : describeFeed(summary),
  );
  return stop.aborted ? 130 : 0;
}
