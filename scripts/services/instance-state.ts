import { isRunning, type RunningProcess } from "./running-process.ts";

/** Who wants a server up: someone at a terminal until he says otherwise, or a process while it lives. */
export type Holder = "hand" | RunningProcess;

/** What is remembered of the servers that were started, so that anybody can stop them by their ids. */
export interface InstanceState {
  readonly ports: readonly number[];
  readonly fsync: boolean;
  readonly stopSignal: NodeJS.Signals;
  readonly servers: readonly RunningProcess[];
  /** False while it starts, and for ever when who started it was killed meanwhile. */
  readonly isReady: boolean;
  readonly holders: readonly Holder[];
}

/** Whether all of its servers run, and have been ready. */
export const isUp = async ({ isReady, servers }: InstanceState): Promise<boolean> =>
  isReady && (await allRun(servers));

export async function allRun(servers: readonly RunningProcess[]): Promise<boolean> {
  const running = await Promise.all(servers.map(isRunning));
  return running.every(Boolean);
}

export async function withHolder(state: InstanceState, holder: Holder): Promise<InstanceState> {
  const others = await withoutHolder(state, holder);
  return { ...others, holders: [...others.holders, holder] };
}

/** Without the processes that have died, too. */
export async function withoutHolder(state: InstanceState, gone?: Holder): Promise<InstanceState> {
  const alive = await Promise.all(
    state.holders.map((holder) => holder === "hand" || isRunning(holder)),
  );
  const holders = state.holders.filter(
    (holder, index) => alive[index] && (gone === undefined || nameOf(holder) !== nameOf(gone)),
  );
  return { ...state, holders };
}

/** For messages; of two holders that live it is different. */
export const nameOf = (holder: Holder): string =>
  holder === "hand" ? "hand" : `process ${holder.pid}`;
