import type { Invariant } from "./invariant.ts";

export const noOpenTransactions: Invariant = {
  id: "I10",
  says: "no transaction is left open: readers of committed rows get to the end of every partition",
  violations: ({ topics }) =>
    topics.flatMap(({ topic, partition, stableEnd, highWatermark, batches }) => {
      const open = batches.filter(({ outcome }) => outcome === "open").length;
      if (stableEnd === highWatermark && open === 0) return [];
      return [
        `${topic}-${partition} ends at ${highWatermark}, readers get to ${stableEnd}, ` +
          `and ${open} batches are of open transactions`,
      ];
    }),
};
