import { setTimeout as sleep } from "node:timers/promises";
import type { DeadLetterSample } from "../../inspector/dead-letter-sample.ts";
import type { Log } from "../../runtime/ports.ts";
import type { StreamThread } from "../../runtime/stream-thread.ts";
import { partitionOfEvent } from "../../silver/event-partition.ts";
import { type LiveEvent, readLiveEvent } from "../../silver/live-event.ts";
import { EVENT_STORES } from "../../silver/silver-topology.ts";
import type { WindowStore } from "../../state/window-store.ts";
import type { Topology } from "../../topology/topology.ts";
import { DeadLetterTail } from "./dead-letter-tail.ts";

/** What a thread can be asked. */
export type ThreadQuestion =
  | { readonly kind: "event"; readonly id: number }
  | { readonly kind: "dead-letters"; readonly limit: number };

/** What a thread says to it; null: it has not opened anything yet. */
export interface ThreadAnswers {
  readonly event: EventInThread | null;
  readonly "dead-letters": readonly DeadLetterSample[] | null;
}

/** What the state of a thread has of an event. */
export interface EventInThread {
  /** The task that has the state of the event, wherever it runs. */
  readonly task: string;
  /** Whether that could be asked. */
  readonly isHere: boolean;
  readonly found: LiveEvent | null;
}

/** What runs in a thread. */
export interface Asked {
  readonly topology: Topology;
  readonly thread: StreamThread;
  readonly log: Log;
  readonly generation: number;
}

/** Shown of an event at the most; most have a handful. */
export const MENTIONS_MAX = 200;

/** How long a thread may take to finish its round: other replicas wait a second for what this one says. */
const ROUND_MS_MAX = 600;

/** Answers questions where the state is: in the thread that has it. */
export class ThreadQuestions {
  #asked: (Asked & { readonly letters: DeadLetterTail }) | null = null;

  attach(asked: Asked): void {
    this.#asked = { ...asked, letters: new DeadLetterTail(asked.log) };
  }

  async answer<Q extends ThreadQuestion>(question: Q): Promise<ThreadAnswers[Q["kind"]]> {
    const asked = this.#asked;
    if (asked === null) return null;
    return (await (question.kind === "event"
      ? this.#event(asked, question.id)
      : asked.letters.newest(question.limit))) as ThreadAnswers[Q["kind"]];
  }

  async #event({ topology, thread, generation }: Asked, id: number): Promise<EventInThread | null> {
    const joins = topology.subTopologies.find(({ stores }) =>
      stores.some(({ name }) => name === EVENT_STORES.chains),
    );
    if (joins === undefined) return null;
    const tasks = [...thread.plan.tasks.values()];
    const partitions = tasks.filter(({ subTopology }) => subTopology.id === joins.id).length;
    const task = `${joins.id}_${partitionOfEvent(id, partitions)}`;
    const reading = thread.read(task, (stores) => ({
      found: readLiveEvent(
        stores.get(EVENT_STORES.chains) as WindowStore,
        stores.get(EVENT_STORES.documents) as WindowStore,
        { id, generation, mentionsMax: MENTIONS_MAX },
      ),
    }));
    const read = await Promise.race([reading, sleep(ROUND_MS_MAX, null, { ref: false })]);
    return { task, isHere: read !== null, found: read?.found ?? null };
  }
}
