import type { InputStatus, RunnerStatus, StoreStatus } from "../runtime/runner-status.ts";
import type { Inspected, InspectedThread } from "./inspected.ts";
import { lagRecords, lagSeconds } from "./metrics/input-metrics.ts";
import type { PositionRates } from "./position-rates.ts";
import type { Problem } from "./problem.ts";

/** Times are seconds since the epoch, with their fractions. */
export interface InputView extends Pick<InputStatus, "node" | "topic" | "partition"> {
  readonly position: number;
  readonly end: number;
  readonly lagRecords: number;
  readonly lagSeconds: number;
  readonly watermark: number | null;
  /** Offsets per second, over the last seconds; null: not known yet. */
  readonly rate: number | null;
}

export interface TaskView {
  readonly id: string;
  readonly isTable: boolean;
  readonly state: string;
  readonly inputs: readonly InputView[];
  readonly streamTime: number | null;
  readonly stores: readonly StoreStatus[];
  /** Totals of its counters, of those before it in the same state too. */
  readonly counts: Readonly<Record<string, number>>;
  readonly restoreLeftBytes: number;
}

/** What one process has, for a page or a person. */
export interface StateView {
  /** null: it did not answer, and `reason` says why. */
  readonly at: number | null;
  readonly replica: string;
  /** Where it can be asked; null: only on its own machine. */
  readonly url: string | null;
  readonly version: string | null;
  /** Differs between replicas while a new version is rolled out. */
  readonly hash: string | null;
  readonly state: string;
  readonly reason: string | null;
  /** What is wrong now, as this process sees it. */
  readonly problems: readonly Problem[];
  readonly threads: readonly {
    readonly name: string;
    readonly state: string;
    /** When its tasks were looked at. */
    readonly at: number | null;
    readonly tasks: readonly TaskView[];
  }[];
}

/** When a process was asked, and what came of it. */
interface Asked {
  readonly nowMs: number;
  readonly rates: PositionRates;
  readonly problems: readonly Problem[];
  readonly url: string | null;
}

export function stateView(
  { replica, version, topology, readiness }: Inspected,
  threads: readonly InspectedThread[],
  { nowMs, rates, problems, url }: Asked,
): StateView {
  const input = (of: InputStatus): InputView => {
    const { node, topic, partition, position, end, watermarkMs } = of;
    return {
      ...{ node, topic, partition, position, end },
      lagRecords: lagRecords(of),
      lagSeconds: lagSeconds(of, nowMs),
      watermark: secondsOrNull(watermarkMs),
      rate: rates.of(of),
    };
  };
  const task = ({ id, isTable, state, inputs, streamTimeMs, ...rest }: RunnerStatus): TaskView => ({
    ...{ id, isTable, state },
    inputs: inputs.map(input),
    streamTime: secondsOrNull(streamTimeMs),
    stores: rest.stores,
    counts: rest.counts,
    restoreLeftBytes: rest.restoreLeftBytes,
  });
  return {
    at: nowMs / 1000,
    ...{ replica, url, version },
    hash: topology?.hash ?? null,
    state: readiness.state,
    reason: readiness.reason,
    problems,
    threads: threads.map(({ name, state, report }) => ({
      ...{ name, state },
      at: secondsOrNull(report?.atMs ?? null),
      tasks: report?.tasks.map(task) ?? [],
    })),
  };
}

const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
