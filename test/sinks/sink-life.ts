import { RetriableError } from "../../src/record/errors.ts";
import type { RecordSink } from "../../src/runtime/ports.ts";
import { Crash } from "./delta/faulty-store.ts";
import { recordsOf } from "./delta/sink-source.ts";

export interface SinkLife {
  /** How many records it reads before each commit, over and over. */
  readonly steps: readonly number[];
  /** After so many commits it ends; without: at the end of the source. */
  readonly commits?: number;
}

const OPENED_MAX = 20;

/**
 * Feeds a sink from a source of these values until its end, or into a crash. After any other failure it
 * opens anew, and goes on where the sink says.
 */
export async function liveAsSink(
  sinkOf: () => Promise<RecordSink>,
  values: readonly Uint8Array[],
  { steps, commits = Number.POSITIVE_INFINITY }: SinkLife,
): Promise<void> {
  let done = 0;
  for (let opened = 0; opened < OPENED_MAX; opened++) {
    try {
      const sink = await sinkOf();
      let offset = (await sink.open()) ?? 0;
      for (; offset < values.length && done < commits; done++) {
        const taken = values.slice(offset, offset + steps[done % steps.length]!);
        sink.write(recordsOf(offset, taken));
        offset += taken.length;
        await sink.commit();
      }
      return;
    } catch (error) {
      if (error instanceof Crash) return;
      if (!(error instanceof RetriableError)) throw error;
    }
  }
  throw new Error("it opened again and again");
}
