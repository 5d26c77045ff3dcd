/**
 * The states of a client, which is all threads of a process, as Kafka Streams has them:
 *
 *     CREATED ──► REBALANCING ◄──► RUNNING
 *        │             │              │
 *        │             ├──────────────┤
 *        ▼             ▼              ▼
 *     PENDING_SHUTDOWN ──► NOT_RUNNING     PENDING_ERROR ──► ERROR
 *
 * From the three in the first row either of the last may follow: PENDING_ERROR when a thread has
 * died; ERROR, as NOT_RUNNING, when all others have ended too.
 */
const TRANSITIONS = {
  CREATED: ["REBALANCING", "PENDING_SHUTDOWN", "PENDING_ERROR"],
  REBALANCING: ["RUNNING", "PENDING_SHUTDOWN", "PENDING_ERROR"],
  RUNNING: ["REBALANCING", "PENDING_SHUTDOWN", "PENDING_ERROR"],
  PENDING_SHUTDOWN: ["NOT_RUNNING", "PENDING_ERROR"],
  NOT_RUNNING: [],
  PENDING_ERROR: ["ERROR"],
  ERROR: [],
} as const satisfies Record<string, readonly string[]>;

export type ClientState = keyof typeof TRANSITIONS;

export const CLIENT_STATES = Object.keys(TRANSITIONS) as ClientState[];

/** What a thread is at, as far as its client is concerned. */
export type ThreadPhase = "starting" | "rebalancing" | "running" | "ended" | "failed";

export type OnTransition = (from: ClientState, to: ClientState) => void;

/** Derives the state of the client from what its threads are at. */
export class ClientStates {
  readonly #phases: ThreadPhase[];
  readonly #onTransition: OnTransition;
  #state: ClientState = "CREATED";
  #isStopping = false;

  constructor(threads: number, onTransition: OnTransition) {
    this.#phases = Array.from({ length: threads }, () => "starting");
    this.#onTransition = onTransition;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** A thread, counted from 0, has come to another phase. */
  thread(index: number, phase: ThreadPhase): void {
    this.#phases[index] = phase;
    this.#settle();
  }

  /** Somebody has asked for a stop. */
  stop(): void {
    this.#isStopping = true;
    this.#settle();
  }

  #settle(): void {
    const all = (...phases: readonly ThreadPhase[]) =>
      this.#phases.every((phase) => phases.includes(phase));
    const hasFailed = this.#phases.includes("failed");
    if (hasFailed) {
      this.#to("PENDING_ERROR");
      if (all("ended", "failed")) this.#to("ERROR");
    } else if (this.#isStopping) {
      this.#to("PENDING_SHUTDOWN");
      if (all("ended")) this.#to("NOT_RUNNING");
    } else if (all("running")) {
      this.#to("REBALANCING");
      this.#to("RUNNING");
    } else if (this.#phases.some((phase) => phase !== "starting")) {
      this.#to("REBALANCING");
    }
  }

  /** Where one is already, and what one has left for good, is not come to again. */
  #to(to: ClientState): void {
    const from = this.#state;
    if (from === to || !(TRANSITIONS[from] as readonly ClientState[]).includes(to)) return;
    this.#state = to;
    this.#onTransition(from, to);
  }
}
