/**
 * Aborted by Ctrl-C or SIGTERM, after which the work at hand is finished; a second one ends the
 * process at once. `finishing` tells what is being finished.
 */
export function stopSignal(finishing: string, say = onTerminal): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    say(`stopping after ${finishing}; once more to stop at once`);
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return stop.signal;
}

/** The terminal shows `^C` before it. */
const onTerminal = (line: string): void => void process.stderr.write(`\n${line}\n`);
