import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ThreadReport } from "../../inspector/thread-report.ts";
import type { ThreadState } from "../../runtime/thread-state.ts";
import type { ThreadAnswers, ThreadQuestion } from "../inspector/thread-questions.ts";
import type {
  ThreadAssignment,
  ThreadCommand,
  ThreadFailure,
  ThreadMessage,
  ThreadReply,
} from "./thread-message.ts";

/** Sources run as they are, and a package as JavaScript: the extension is that of this file. */
const PROGRAM = path.join(
  import.meta.dirname,
  `stream-thread.worker${path.extname(import.meta.filename)}`,
);

/**
 * How long a report is waited for: a thread looks for messages between two of its batches, and other
 * replicas wait a second for what this one says.
 */
const REPORT_MS_MAX = 700;

/** How long an answer is waited for: that about an event by other replicas too. */
const ANSWER_MS_MAX = { event: 700, "dead-letters": 5000, slices: 700 } as const;

/** Questions that wait at a time. */
const QUESTIONS_MAX = 16;

/** One worker thread of a replica, seen from outside. */
export class ReplicaThread {
  readonly name: string;
  /** When the worker is gone; what it died of, or null when it has ended as it should. */
  readonly ended: Promise<ThreadFailure | null>;
  readonly #worker: Worker;
  readonly #onMessage: (message: ThreadMessage) => void;
  #state: ThreadState = "CREATED";
  #failure: ThreadFailure | null = null;
  #report: ThreadReport | null = null;
  #asked: PromiseWithResolvers<ThreadReport> | null = null;
  /** By number, questions that wait for their answers. */
  readonly #questions = new Map<number, (reply: ThreadReply) => void>();
  #number = 0;

  constructor(assignment: ThreadAssignment, onMessage: (message: ThreadMessage) => void) {
    this.name = assignment.thread;
    this.#onMessage = onMessage;
    const heapMb = assignment.settings["thread.heap.max.mb"];
    this.#worker = new Worker(PROGRAM, {
      name: assignment.thread,
      workerData: assignment,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    this.#worker.on("message", (message: ThreadMessage) => this.#take(message));
    this.#worker.on("error", (error) => {
      this.#failure ??= crashOf(error, heapMb);
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once("exit", () => resolve(this.#failure));
    });
  }

  get state(): ThreadState {
    return this.#state;
  }

  /** It commits and leaves the group first; but before it has joined there is nothing to wait for. */
  stop(): void {
    if (this.#state === "CREATED") void this.#worker.terminate();
    else this.#tell("stop");
  }

  #tell(command: ThreadCommand): void {
    this.#worker.postMessage(command);
  }

  /** How it stands; of a thread that does not answer, how it stood when it did; null: it never has. */
  async report(): Promise<ThreadReport | null> {
    if (this.#asked === null) {
      this.#asked = Promise.withResolvers();
      this.#tell("report");
    }
    await Promise.race([
      this.#asked.promise,
      this.ended,
      sleep(REPORT_MS_MAX, null, { ref: false }),
    ]);
    return this.#report;
  }

  /** @throws Error when the thread cannot answer, or too many wait for one. */
  async ask<Q extends ThreadQuestion>(question: Q): Promise<ThreadAnswers[Q["kind"]] | null> {
    if (this.#questions.size >= QUESTIONS_MAX) throw new Error(`${this.name} is held up`);
    const number = this.#number++;
    const { promise, resolve } = Promise.withResolvers<ThreadReply>();
    this.#questions.set(number, resolve);
    this.#tell({ number, question });
    const timeout = sleep(ANSWER_MS_MAX[question.kind], null, { ref: false });
    const reply = await Promise.race([promise, this.ended.then(() => null), timeout]);
    this.#questions.delete(number);
    if (reply === null) return null;
    if (reply.error !== null) throw new Error(reply.error);
    return reply.answer as ThreadAnswers[Q["kind"]];
  }

  #reported(report: ThreadReport): void {
    this.#report = report;
    this.#asked?.resolve(report);
    this.#asked = null;
  }

  #take(message: ThreadMessage): void {
    if (message.kind === "state") this.#state = message.to;
    if (message.kind === "failed") this.#failure = message.failure;
    if (message.kind === "report") this.#reported(message.report);
    if (message.kind === "reply") this.#questions.get(message.number)?.(message);
    this.#onMessage(message);
  }
}

/** What nobody has caught, or what the engine ended the thread for. */
function crashOf(error: unknown, heapMb: number): ThreadFailure {
  const { code, message, stack } = error as NodeJS.ErrnoException;
  const isMemory = code === "ERR_WORKER_OUT_OF_MEMORY";
  return {
    message: isMemory
      ? `out of memory: its heap is full at ${heapMb} MiB (thread.heap.max.mb); give it more, or ` +
        "more partitions and threads less each"
      : message,
    stack,
    isConfig: false,
  };
}
