import { setTimeout as sleep } from "node:timers/promises";
import type { SentenceRing } from "../../inspector/sentence-ring.ts";
import type { Log } from "../../runtime/ports.ts";
import { SentenceTail } from "../sentence-tail.ts";
import { toldSentence } from "./told-sentence.ts";

const LOOK_MS = 1000;
const TOLD_MAX = 40;

export interface WatchedLog {
  readonly topic: string;
  /** A connection of its own: threads share none, and nobody waits for it. */
  readonly open: () => Promise<Log>;
  readonly say: (line: string) => void;
}

/**
 * Tells the sentences of a whole application, read from its topic, whichever replica writes them; and
 * reads only while somebody watches. Until `stop`.
 */
export async function tellWhileWatched(
  ring: SentenceRing,
  watched: WatchedLog,
  stop: AbortSignal,
  pause: () => Promise<unknown> = () => second(stop),
): Promise<void> {
  while (!stop.aborted) {
    if (ring.isWatched) {
      // It comes again: what is missed until then is nobody's loss.
      await follow(ring, watched, pause, stop).catch((error: unknown) =>
        watched.say(`sentences for the inspector: ${String(error)}; again soon`),
      );
    }
    await pause();
  }
}

const second = (stop: AbortSignal): Promise<void> =>
  sleep(LOOK_MS, undefined, { ref: false, signal: stop }).catch(() => {});

async function follow(
  ring: SentenceRing,
  { topic, open }: WatchedLog,
  pause: () => Promise<unknown>,
  stop: AbortSignal,
): Promise<void> {
  const log = await open();
  try {
    const isWanted = () => ring.isWatched && !stop.aborted;
    // The first replica of all makes it, in a while.
    while (isWanted() && (await log.partitions(topic)) === 0) await pause();
    const tail = await SentenceTail.open(log, topic);
    while (isWanted()) {
      ring.tell((await tail.next(TOLD_MAX)).map(toldSentence));
      await pause();
    }
  } finally {
    await log.close();
  }
}
