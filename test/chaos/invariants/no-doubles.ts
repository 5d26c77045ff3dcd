import type { Invariant } from "./invariant.ts";

export const noDoubles: Invariant = {
  id: "I2",
  says: "no (key, generation, revision) is twice in a Silver topic, as committed, or in its table",
  violations: ({ doubled }) =>
    doubled.map(({ where, key, times }) => `${where} has ${key} ${times} times`),
};
