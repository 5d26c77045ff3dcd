import type { Invariant } from "./invariant.ts";

const PLACES = ["oracle", "topics"];

export const sameEverywhere: Invariant = {
  id: "I9",
  says: "Silver in Kafka is Silver in Delta, row for row, and its newest rows are the batch join's",
  violations: ({ comparisons }) =>
    PLACES.flatMap((place) => {
      const found = comparisons.filter(({ what }) => what === place);
      if (found.length === 0) return [`${place}: not compared`];
      return found.filter(({ equal }) => !equal).flatMap(({ differences }) => differences);
    }),
};
