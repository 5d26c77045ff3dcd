import type { Invariant } from "./invariant.ts";

export const sameAgain: Invariant = {
  id: "I13",
  says: "the same seed gives the same load, and the same load the same tables",
  violations: ({ loads, outputs }) =>
    Object.entries({ loads, outputs }).flatMap(([name, digests]) => {
      if (digests.length === 0) return [`${name}: none was looked at`];
      return new Set(digests).size === 1 ? [] : [`${name} differ: ${digests.join(", ")}`];
    }),
};
