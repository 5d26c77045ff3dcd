/** fast-check parameters: `STREAMS_SEED` repeats a run, `STREAMS_RUNS` makes it longer. */
export function propertyRuns(numRuns: number): { seed?: number; numRuns: number } {
  const { STREAMS_SEED, STREAMS_RUNS } = process.env;
  return {
    ...(STREAMS_SEED ? { seed: Number(STREAMS_SEED) } : {}),
    numRuns: STREAMS_RUNS ? Number(STREAMS_RUNS) : numRuns,
  };
}
