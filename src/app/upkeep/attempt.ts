import { ConfigError, RetriableError, TaskCorruptedError } from "../../record/errors.ts";
import { causeText } from "../run/thread-message.ts";
import type { UpkeepLine } from "./turn-text.ts";

/** Does what may fail; a failure is told, with its place and what to do about it, and not thrown. */
export async function attempt(
  what: string,
  say: (line: UpkeepLine) => void,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { advice, isKnown } = adviceOn(error);
    const stack = isKnown || !(error instanceof Error) ? {} : { stack: error.stack };
    say({
      level: "warn",
      message: `upkeep of ${what} failed, the next turn tries again: ${causeText(error)}; ${advice}`,
      fields: { what, ...stack },
    });
  }
}

function adviceOn(error: unknown): { readonly advice: string; readonly isKnown: boolean } {
  if (error instanceof RetriableError) {
    return { advice: "nothing has to be done unless it stays so", isKnown: true };
  }
  if (error instanceof ConfigError) {
    return { advice: "it stays so until that is changed", isKnown: true };
  }
  const isKnown = error instanceof TaskCorruptedError;
  return { advice: "gdelt-streams lake verify tells what is wrong with the table", isKnown };
}
