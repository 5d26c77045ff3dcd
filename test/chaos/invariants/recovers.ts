import type { Invariant } from "./invariant.ts";

export const recovers: Invariant = {
  id: "I11",
  says: "after the last fault all replicas are running and nothing is left to read, both in time",
  violations: ({ recovery: { runningS, lagZeroS, secondsMax } }) => {
    const late = (seconds: number | null) => seconds === null || seconds > secondsMax;
    const told = (seconds: number | null) => (seconds === null ? "never" : `after ${seconds} s`);
    return [
      ...(late(runningS) ? [`all RUNNING ${told(runningS)}, of at most ${secondsMax} s`] : []),
      ...(late(lagZeroS) ? [`no lag ${told(lagZeroS)}, of at most ${secondsMax} s`] : []),
    ];
  },
};
