import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../ingest/slice-generator/random.ts";
import { ClientStates, type ThreadPhase } from "../../runtime/client-state.ts";
import type { ThreadState } from "../../runtime/thread-state.ts";
import type { Settings } from "../config/catalogue.ts";
import type { InspectedProcess } from "../inspector/inspected-process.ts";
import { keepUp, pause } from "../upkeep/keep-up.ts";
import { Keeper } from "../upkeep/keeper.ts";
import type { UpkeepLine } from "../upkeep/turn-text.ts";
import { upkeepJob } from "../upkeep/upkeep-job.ts";
import { turnInThread } from "../upkeep/upkeep-thread.ts";
import type { Logger } from "./logger.ts";
import { ReplicaThread } from "./replica-thread.ts";
import type { ThreadFailure, ThreadMessage } from "./thread-message.ts";

/** How a replica has come to its end. */
export type ReplicaEnd =
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly failure: ThreadFailure }
  /** After a stop, threads were still at work when there was no more time. */
  | { readonly kind: "hung" };

const PHASES: Readonly<Record<ThreadState, ThreadPhase>> = {
  CREATED: "starting",
  STARTING: "rebalancing",
  PARTITIONS_REVOKED: "rebalancing",
  PARTITIONS_ASSIGNED: "rebalancing",
  RUNNING: "running",
  // What it is at while it stops makes no difference: the client is on its way already.
  PENDING_SHUTDOWN: "rebalancing",
  DEAD: "rebalancing",
};

const ENDED_BY_ITSELF: ThreadFailure = {
  message: "it has ended by itself",
  stack: undefined,
  isConfig: false,
};

/**
 * Runs the threads of a process until `stop`, or until one of them dies; then all of them commit and
 * leave the group. To start them anew is left to whoever has started the process.
 */
export async function runReplica(
  settings: Settings,
  logger: Logger,
  stop: AbortSignal,
  inspected: InspectedProcess,
): Promise<ReplicaEnd> {
  const count = settings["num.stream.threads"];
  const states = new ClientStates(count, (from, to) => {
    logger.info(`State transition from ${from} to ${to}`);
    inspected.is(to);
  });
  const process = randomUUID();
  const keeper = new Keeper((signal) => keepTables(settings, logger, process, signal));
  const ending = new AbortController();
  const failures: ThreadFailure[] = [];
  const threads = Array.from({ length: count }, (_, index) => {
    const thread = `StreamThread-${index + 1}`;
    return new ReplicaThread({ settings, thread, process }, (message) => {
      show(logger, thread, message);
      if (message.kind === "state") states.thread(index, PHASES[message.to]);
      if (message.kind === "elected") keeper.elect(thread, message.isElected);
      if (message.kind === "topology") inspected.opened(message.topology);
    });
  });
  inspected.runs(threads);
  const end = () => {
    if (ending.signal.aborted) return;
    ending.abort();
    for (const thread of threads) thread.stop();
    keeper.close();
  };
  const stopped = () => {
    states.stop();
    end();
  };
  if (stop.aborted) stopped();
  stop.addEventListener("abort", stopped);
  const running = new Set(threads);
  const allEnded = Promise.all(
    threads.map(async (thread, index) => {
      const failure = (await thread.ended) ?? (ending.signal.aborted ? null : ENDED_BY_ITSELF);
      running.delete(thread);
      if (failure !== null) {
        logger.error(`${thread.name} has died: ${failure.message}`, { stack: failure.stack });
        failures.push(failure);
      }
      states.thread(index, failure === null ? "ended" : "failed");
      if (failure !== null) end();
    }),
  );
  const isInTime = await Promise.race([
    allEnded.then(() => true),
    timeIsUp(ending.signal, settings["shutdown.timeout.ms"]),
  ]);
  if (!isInTime) {
    const hung = [...running].map(({ name, state }) => `${name} in ${state}`).join(", ");
    logger.error(`not stopped within ${settings["shutdown.timeout.ms"]} ms: ${hung}`);
    return { kind: "hung" };
  }
  const [failure] = failures;
  return failure === undefined ? { kind: "stopped" } : { kind: "failed", failure };
}

/** Turns in a thread of their own, for as long as this process is the one to take them. */
async function keepTables(
  settings: Settings,
  logger: Logger,
  process: string,
  stop: AbortSignal,
): Promise<void> {
  if (!settings["upkeep.enabled"] || !settings["lake.enabled"]) return;
  const thread = {
    job: upkeepJob(settings),
    heapMb: settings["thread.heap.max.mb"],
    say: ({ level, message, fields }: UpkeepLine) => logger[level](message, fields),
  };
  logger.info("upkeep: this replica looks after the tables");
  const turns = {
    turn: (signal: AbortSignal) => turnInThread(thread, signal),
    intervalMs: settings["upkeep.interval"],
    random: new Random(Number.parseInt(process.slice(0, 8), 16)),
    wait: pause,
  };
  await keepUp(turns, stop);
  logger.info("upkeep: this replica no longer looks after the tables");
}

function show(logger: Logger, thread: string, message: ThreadMessage): void {
  if (message.kind === "state") {
    logger.info(`State transition from ${message.from} to ${message.to}`, { thread });
  } else if (message.kind === "line") {
    logger[message.level](message.message, { thread, ...message.fields });
  }
}

/** False, so long after a stop has begun. */
async function timeIsUp(ending: AbortSignal, timeoutMs: number): Promise<false> {
  if (!ending.aborted) {
    await new Promise((resolve) => ending.addEventListener("abort", resolve, { once: true }));
  }
  return await sleep(timeoutMs, false, { ref: false });
}
