import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { describedTopology } from "../../inspector/topology-formats.ts";
import { replicaName } from "../inspector/replica-name.ts";
import { type ThreadQuestion, ThreadQuestions } from "../inspector/thread-questions.ts";
import { ThreadReporter } from "../inspector/thread-reporter.ts";
import { machineClock } from "../machine-clock.ts";
import { openSpans } from "../tracing/open-spans.ts";
import { ThreadTracing } from "../tracing/thread-tracing.ts";
import { electionIn } from "../upkeep/keeper.ts";
import { version } from "../version.ts";
import { threadMessages } from "./thread-lines.ts";
import {
  causeText,
  failureOf,
  type ThreadAssignment,
  type ThreadCommand,
  type ThreadMessage,
} from "./thread-message.ts";
import { openThreadWork } from "./thread-work.ts";

/** How long it waits before it looks for new rows again. */
const IDLE_MS = 50;

const port = parentPort!;
const tell = (message: ThreadMessage | null) => {
  if (message !== null) port.postMessage(message);
};
const { thread: name } = workerData as ThreadAssignment;
const reporter = new ThreadReporter(machineClock, name);
const questions = new ThreadQuestions(machineClock);
const stop = new AbortController();
// It keeps the thread alive until it is closed.
port.on("message", (command: ThreadCommand) => {
  if (command === "stop") stop.abort();
  else if (command === "report") {
    void reporter.report().then((report) => tell({ kind: "report", report }));
  } else void reply(command.number, command.question);
});

async function reply(number: number, question: ThreadQuestion): Promise<void> {
  try {
    tell({ kind: "reply", number, answer: await questions.answer(question), error: null });
  } catch (error) {
    tell({ kind: "reply", number, answer: null, error: causeText(error) });
  }
}

/** One stream thread: runs until it is told to stop, and then commits and leaves the group. */
async function runThread(assignment: ThreadAssignment): Promise<void> {
  const messageOf = threadMessages();
  const tracing = await openTracing(assignment);
  const work = await openThreadWork(assignment, machineClock, (event) => {
    reporter.take(event);
    tracing?.take(event);
    tell(messageOf(event));
    const isElected = electionIn(event);
    if (isElected !== null) tell({ kind: "elected", isElected });
  });
  try {
    reporter.attach(work.topology, work.thread);
    tracing?.attach(work);
    questions.attach(work);
    tell({ kind: "topology", topology: describedTopology(work.topology) });
    const idle = () => sleep(IDLE_MS, undefined, { signal: stop.signal }).catch(() => {});
    await work.thread.open();
    await work.thread.run(stop.signal, idle);
    await work.thread.shutdown();
  } finally {
    await work.close();
    await tracing?.close();
  }
}

async function openTracing({ settings }: ThreadAssignment): Promise<ThreadTracing | null> {
  const resource = {
    application: settings["application.id"],
    version: await version(),
    replica: replicaName(settings["group.instance.id"]),
  };
  const exporter = openSpans(settings["otlp.endpoint"], resource, (message) =>
    tell({ kind: "line", level: "warn", message, fields: {} }),
  );
  return exporter && new ThreadTracing(exporter, machineClock);
}

try {
  await runThread(workerData as ThreadAssignment);
} catch (error) {
  tell({ kind: "failed", failure: failureOf(error) });
} finally {
  port.close();
}
