import { setTimeout as sleep } from "node:timers/promises";
import type { DeadLetterSample } from "../../inspector/dead-letter-sample.ts";
import type { Problem } from "../../inspector/problem.ts";
import type { Clock } from "../../record/clock.ts";
import type { Log } from "../../runtime/ports.ts";
import type { StreamThread } from "../../runtime/stream-thread.ts";
import { partitionOfEvent } from "../../silver/event-partition.ts";
import { type LiveEvent, readLiveEvent } from "../../silver/live-event.ts";
import { EVENT_STORES } from "../../silver/silver-topology.ts";
import type { WindowStore } from "../../state/window-store.ts";
import type { Topology } from "../../topology/topology.ts";
import { DeadLetterTail } from "./dead-letter-tail.ts";
import { SliceTail } from "./slice-tail.ts";

/** What a thread can be asked. */
export type ThreadQuestion =
  | { readonly kind: "event"; readonly id: number }
  | { readonly kind: "dead-letters"; readonly limit: number }
  /** What the newest slices lack. */
  | { readonly kind: "slices" };

/** What a thread says to it; null: it has not opened anything yet. */
export interface ThreadAnswers {
  readonly event: EventInThread | null;
  readonly "dead-letters": readonly DeadLetterSample[] | null;
  readonly slices: readonly Problem[] | null;
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

/** With what is followed of its log from the first question on. */
interface Answering extends Asked {
  readonly letters: DeadLetterTail;
  readonly slices: SliceTail;
}

/** Shown of an event at the most; most have a handful. */
export const MENTIONS_MAX = 200;

/** How long a thread may take to finish its round: other replicas wait a second for what this one says. */
const ROUND_MS_MAX = 600;

/** Answers questions where the state is: in the thread that has it. */
export class ThreadQuestions {
  readonly #clock: Clock;
  #asked: Answering | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attach(asked: Asked): void {
    const { log } = asked;
    const slices = new SliceTail(log, this.#clock);
    this.#asked = { ...asked, letters: new DeadLetterTail(log), slices };
  }

  async answer<Q extends ThreadQuestion>(question: Q): Promise<ThreadAnswers[Q["kind"]]> {
    const asked = this.#asked;
    if (asked === null) return null;
    return (await this.#answer(asked, question)) as ThreadAnswers[Q["kind"]];
  }

  #answer(asked: Answering, question: ThreadQuestion) {
    switch (question.kind) {
      case "event":
        return this.#event(asked, question.id);
      case "dead-letters":
        return asked.letters.newest(question.limit);
      case "slices":
        return asked.slices.problems();
    }
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
