import type { Invariant } from "./invariant.ts";

export const noLoss: Invariant = {
  id: "I1",
  says: "each published row is in Bronze once, and has one fate: a table, or a reason it was dropped for",
  violations: ({ comparisons, auditFindings }) => [
    ...comparisons
      .filter(({ what, equal }) => what === "bronze" && !equal)
      .flatMap(({ differences }) => differences),
    ...(comparisons.some(({ what }) => what === "bronze") ? [] : ["Bronze was not compared"]),
    ...auditFindings,
  ],
};
