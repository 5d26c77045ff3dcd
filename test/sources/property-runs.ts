/** How often a property runs, and from which seed; fast-check prints the seed of a failure. */
export const propertyRuns = (numRuns: number): { numRuns: number; seed?: number } => ({
  numRuns: Number(process.env["STREAMS_RUNS"] ?? numRuns),
  ...(process.env["STREAMS_SEED"] ? { seed: Number(process.env["STREAMS_SEED"]) } : {}),
});
