/**
 * Aborted by Ctrl-C or SIGTERM, after which the work at hand is finished; a second one ends the
 * process at once. `finishing` tells what is being finished.
 */
export function stopSignal(finishing: string): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    process.stderr.write(`\nstopping after ${finishing}; once more to stop at once\n`);
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return stop.signal;
}
