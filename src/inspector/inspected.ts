import type { MetricSnapshot } from "./metrics/metric-registry.ts";
import type { Problem } from "./problem.ts";
import type { ThreadReport } from "./thread-report.ts";
import type { DescribedTopology } from "./topology-formats.ts";

/** Whether work can be done. */
export interface Readiness {
  readonly isReady: boolean;
  /** The state of the client, and if it is not ready what it waits for. */
  readonly state: string;
  readonly reason: string | null;
}

export interface InspectedThread {
  readonly name: string;
  readonly state: string;
  /** null: it has not answered yet. */
  readonly report: ThreadReport | null;
}

/** What a process runs. */
export interface OpenTopology {
  readonly hash: string;
  readonly formats: DescribedTopology;
}

/** A process, as the inspector asks for it. */
export interface Inspected {
  readonly application: string;
  /** Name of the process, which no other of the application has. */
  readonly replica: string;
  readonly version: string;
  /** Known as soon as a thread has opened. */
  readonly topology: OpenTopology | null;
  readonly readiness: Readiness;
  /** Asks all threads how they stand; one that is held up for long is left out, or as it was. */
  threads(): Promise<readonly InspectedThread[]>;
  /** What is wrong with it, its threads, and what they need. */
  problems(threads: readonly InspectedThread[]): Promise<readonly Problem[]>;
  /** The metrics of the process and of these threads. */
  metrics(threads: readonly InspectedThread[]): Promise<readonly (readonly MetricSnapshot[])[]>;
}
