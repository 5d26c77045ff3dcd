import type { StreamThread } from "../runtime/stream-thread.ts";

/** What has become of the rows, by outcome: of this run and of those before it in the same state. */
export interface Outcomes {
  readonly events: Readonly<Record<string, number>>;
  readonly mentions: Readonly<Record<string, number>>;
  readonly gkg: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export function outcomesOf(thread: StreamThread): Outcomes {
  const counts: Record<string, number> = {};
  for (const task of thread.tasks) {
    for (const [name, count] of Object.entries(task.counts)) {
      counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return {
    events: group(counts, "events."),
    mentions: group(counts, "mentions."),
    gkg: group(counts, "gkg."),
    dropped: { ...group(counts, "duplicates."), dead_letters: counts["dead-letters"] ?? 0 },
  };
}

/** The counters below a prefix, by the rest of their name. */
const group = (counts: Readonly<Record<string, number>>, prefix: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]) => [name.slice(prefix.length).replaceAll(/[.-]/g, "_"), count])
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  );

/** Shares of all mentions, each null before the first mention. */
export interface JoinRates {
  /** Those with their event. */
  readonly joined: number | null;
  /** Those with the context of their document. */
  readonly withContext: number | null;
}

export function joinRates({ mentions }: Outcomes): JoinRates {
  let all = mentions["joined"] ?? 0;
  for (const [name, count] of Object.entries(mentions))
    if (name.startsWith("orphan_")) all += count;
  const share = (count = 0) => (all === 0 ? null : count / all);
  return { joined: share(mentions["joined"]), withContext: share(mentions["with_context"]) };
}

/** Every slice up to this time has closed in every task; -Infinity when none has. */
export const watermarkMs = ({ tasks }: StreamThread): number =>
  tasks.reduce((least, { streamTimeMs }) => Math.min(least, streamTimeMs), Infinity);
