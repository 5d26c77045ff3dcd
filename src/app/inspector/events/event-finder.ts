import type { Gathering, Instance } from "../../../inspector/peers/gathering.ts";
import type { LiveEvent, LiveStep } from "../../../silver/live-event.ts";
import type { AskedThread } from "../inspected-process.ts";
import {
  type EventAnswer,
  type EventPlace,
  eventAnswer,
  type Owner,
  type Step,
} from "./event-rows.ts";

export interface FinderOptions {
  /** The name of this process. */
  readonly replica: string;
  readonly threads: () => readonly AskedThread[];
  readonly gathering: Gathering;
  /** Where it is looked for when the state knows nothing of it, in this order. */
  readonly places: () => readonly EventPlace[];
}

/** What was found; null: nothing, where it could be looked. */
export interface Found<T> {
  readonly found: T | null;
  /** Where it could not be looked, and why; a sentence each. */
  readonly unasked: readonly string[];
}

/** Finds out what is known of an event: in the state, wherever that is, or in what was made of it. */
export class EventFinder {
  readonly #options: FinderOptions;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** `isSelf`: only in the state of this process. */
  async event(id: number, isSelf: boolean): Promise<Found<EventAnswer>> {
    const answer = (live: LiveEvent, owner: Owner) =>
      eventAnswer(id, "state", owner, { ...live, isOpen: isOpen(live) });
    const looks = [
      { place: "state", look: () => this.#state(id, isSelf, `/events/${id}`, answer) },
      ...this.#places(isSelf).map((place) => ({
        place: place.name,
        look: async () => {
          const rows = await place.rows(id);
          return rows && eventAnswer(id, place.name, null, rows);
        },
      })),
    ];
    const unasked: string[] = [];
    let orphaned: EventAnswer | null = null;
    for (const { place, look } of looks) {
      const found = await look().catch((error: Error) => {
        unasked.push(`the ${place} could not be asked: ${error.message}`);
        return null;
      });
      if (found !== null && found.event !== null) return { found, unasked };
      // Mentions that have come too late for their event: another place may have that.
      orphaned ??= found;
    }
    return { found: orphaned, unasked };
  }

  /** What has become of it, from everybody who knows, by time. */
  async steps(id: number, isSelf: boolean): Promise<Found<readonly Step[]>> {
    const unasked: string[] = [];
    const steps: Step[] = [];
    const take = async (place: string, look: () => Promise<readonly Step[] | null>) => {
      try {
        steps.push(...((await look()) ?? []));
      } catch (error) {
        unasked.push(`the ${place} could not be asked: ${(error as Error).message}`);
      }
    };
    const live = async () => {
      const answer = await this.#state(id, isSelf, `/audit/${id}`, stepsOf);
      return answer?.steps ?? null;
    };
    await take("state", live);
    for (const place of this.#places(isSelf)) await take(place.name, () => place.steps(id));
    return { found: steps.length === 0 ? null : byTime(steps), unasked };
  }

  #places(isSelf: boolean): readonly EventPlace[] {
    return isSelf ? [] : this.#options.places();
  }

  /** Here, or at the replica that has it: which says the same at `path`. @throws when nobody can be asked. */
  async #state<T>(
    id: number,
    isSelf: boolean,
    path: string,
    answer: (live: LiveEvent, owner: Owner) => T,
  ): Promise<T | null> {
    const { replica, threads, gathering } = this.#options;
    const answers = await Promise.allSettled(
      threads().map((one) => one.ask({ kind: "event", id })),
    );
    const said = answers.map((one) => (one.status === "fulfilled" ? one.value : null));
    const here = said.findIndex((one) => one?.isHere);
    if (here >= 0) {
      const { found, task } = said[here]!;
      return found && answer(found, { replica, thread: threads()[here]!.name, task });
    }
    const failure = answers.find((one) => one.status === "rejected")?.reason as Error | undefined;
    const task = said.find((one) => one !== null)?.task;
    if (task === undefined) throw failure ?? new Error("no thread of this process has answered");
    const owner = isSelf ? undefined : (await gathering.instances()).find((one) => has(one, task));
    if (!owner?.peer) throw new Error(`nobody who can be asked runs task ${task}`);
    const { status, value } = await gathering.ask(owner.peer, path);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`${owner.view.replica} answers with status ${status}`);
    return value as T;
  }
}

/** Whether it is another replica that runs the task. */
const has = ({ peer, view }: Instance, task: string): boolean =>
  peer !== null &&
  view.threads.some(({ tasks }) =>
    tasks.some(({ id, state }) => id === task && state === "RUNNING"),
  );

/** A step without a time stays behind the one that its place tells before it. */
function byTime(steps: readonly Step[]): Step[] {
  const known = new Map<string, string>();
  const timed = steps.map((step) => {
    const at = step.at ?? known.get(step.where) ?? "";
    known.set(step.where, at);
    return { step, at };
  });
  timed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return timed.map(({ step }) => step);
}

const isOpen = ({ event, steps }: LiveEvent): boolean => event !== null && steps.length === 0;

const stepsOf = ({ steps }: LiveEvent): { readonly steps: readonly Step[] } => ({
  steps: steps.map(liveStep),
});

/** What is remembered is when it was complete for the first time. */
const liveStep = (
  { state, revision, sliceMs, completedAtMs }: LiveStep,
  index: number,
  steps: readonly LiveStep[],
): Step => {
  const isFirst = completedAtMs !== null && (steps[index - 1]?.completedAtMs ?? null) === null;
  return {
    at: isFirst ? new Date(completedAtMs).toISOString() : null,
    state,
    reason: `revision ${revision}, at the close of slice ${sliceText(sliceMs)}`,
    where: "state",
  };
};

/** The end of the stream has no time. */
const sliceText = (sliceMs: number): string =>
  Math.abs(sliceMs) > 8e15 ? "the last" : new Date(sliceMs).toISOString();
