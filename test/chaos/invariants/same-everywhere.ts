import type { Invariant } from "./invariant.ts";

const MUST_BE = ["oracle", "topics"];
/** A mart is not in every run. */
const PLACES = [...MUST_BE, "mart"];

export const sameEverywhere: Invariant = {
  id: "I9",
  says: "Silver in Kafka is that in Delta, row for row; its newest rows are the batch join's and the mart's",
  violations: ({ comparisons }) => [
    ...MUST_BE.filter((place) => !comparisons.some(({ what }) => what === place)).map(
      (place) => `${place}: not compared`,
    ),
    ...comparisons
      .filter(({ what, equal }) => PLACES.includes(what) && !equal)
      .flatMap(({ differences }) => differences),
  ],
};
