import {
  array,
  integer,
  object,
  oneOf,
  orNull,
  type Parameter,
  text,
} from "../../inspector/http/operation.ts";
import { json, type Route } from "../../inspector/http/route.ts";
import type { Gathering } from "../../inspector/peers/gathering.ts";
import type { StateView } from "../../inspector/state-view.ts";
import { SAMPLES_MAX } from "./dead-letter-tail.ts";
import type { AskedThread } from "./inspected-process.ts";

const LIMIT: Parameter = {
  name: "limit",
  in: "query",
  description: "How many samples at the most.",
  schema: { type: "integer", minimum: 0, maximum: SAMPLES_MAX, default: 50 },
};

const COUNTED = "dead-letters.gdelt.";

const sample = object({
  ...{ stream: text, reason: text, detail: text },
  ...{ topic: orNull(text), partition: orNull(integer), offset: orNull(integer) },
  ...{ slice: orNull(text), at: text, text, bytes: integer },
});

/** Rows and files that could not be used. */
export const deadLetterRoute = (
  threads: () => readonly AskedThread[],
  gathering: Gathering,
): Route => ({
  path: "/dead-letters",
  operation: {
    summary: "What could not be used: how many rows and why, and the newest of them.",
    parameters: [LIMIT],
    responses: {
      200: {
        description:
          "Rows are counted in the state of the tasks, which outlives restarts, since the generation began; `uncounted` names replicas whose tasks are not in the sum. Samples, newest first, are from the topic of dead letters, which has rejected files too.",
        schema: object({
          total: integer,
          byReason: array(object({ stream: text, reason: text, rows: integer })),
          countedIn: oneOf("state"),
          uncounted: array(text),
          samples: array(sample),
          sampledFrom: oneOf("log"),
        }),
      },
    },
  },
  answer: async ({ query }) => {
    const given = query.get("limit") ?? "50";
    if (!/^\d{1,4}$/.test(given) || Number(given) > SAMPLES_MAX) {
      return json(400, { error: `limit is a whole number up to ${SAMPLES_MAX}` });
    }
    const views = (await gathering.instances()).map(({ view }) => view);
    return json(200, {
      ...countsOf(views),
      countedIn: "state",
      uncounted: views.filter(({ at }) => at === null).map(({ replica }) => replica),
      samples: await newest(threads(), Number(given)),
      sampledFrom: "log",
    });
  },
});

/** All threads see the same topic: whoever answers first will do. */
async function newest(threads: readonly AskedThread[], limit: number) {
  for (const thread of threads) {
    const samples = await thread.ask({ kind: "dead-letters", limit });
    if (samples !== null) return samples;
  }
  return [];
}

function countsOf(views: readonly StateView[]) {
  const rows = new Map<string, number>();
  for (const { counts } of views.flatMap(({ threads }) => threads.flatMap(({ tasks }) => tasks))) {
    for (const [counter, count] of Object.entries(counts)) {
      if (counter.startsWith(COUNTED)) rows.set(counter, (rows.get(counter) ?? 0) + count);
    }
  }
  const byReason = [...rows].map(([counter, count]) => {
    const [stream, reason] = counter.slice(COUNTED.length).split(".") as [string, string];
    return { stream, reason, rows: count };
  });
  byReason.sort(
    (a, b) => b.rows - a.rows || (`${a.stream}${a.reason}` < `${b.stream}${b.reason}` ? -1 : 1),
  );
  return { total: byReason.reduce((sum, each) => sum + each.rows, 0), byReason };
}
