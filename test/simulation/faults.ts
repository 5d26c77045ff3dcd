import { RetriableError } from "../../src/record/errors.ts";
import type { Intercept } from "../../src/testing/intercepted-log.ts";

/** What happens at a call, and whether it is carried out before. */
export const FAULT_KINDS = [
  "crash-before",
  "crash-after",
  "error-before",
  "error-after",
  "zombie",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault so many calls after the one before. */
export interface Fault {
  readonly gap: number;
  readonly kind: FaultKind;
}

/** The process is gone: nothing it does from here on has an effect. */
export class Crashed extends Error {
  override readonly name = "Crashed";
}

/** One life of a process, from its start to its crash. */
export class Life {
  readonly name: string;
  dead = false;
  /** Somebody takes its place, but it does not know and goes on. */
  replaced = false;
  /** Wants all there is to read, now that it is the end. */
  isPatient = false;
  readonly onReplaced = Promise.withResolvers<void>();
  /** Of a replica: it stands still for so long that the others take its tasks over. */
  readonly pause: (() => Promise<void>) | null;

  constructor(name: string, pause: (() => Promise<void>) | null = null) {
    this.name = name;
    this.pause = pause;
  }
}

/** Calls of one run: counts them, and makes those fail which the plan names. */
export class Faults {
  private readonly plan: readonly Fault[];
  private readonly callsMax: number;
  private readonly onCall: () => Promise<void>;
  private at = 0;
  private nextCall: number;
  calls = 0;
  /** What has been called, and the faults in it; to tell a failing run by. */
  readonly hits: string[] = [];

  /** `onCall` runs before each call: time passes, others have their turn. */
  constructor(plan: readonly Fault[], callsMax: number, onCall: () => Promise<void>) {
    this.plan = plan;
    this.callsMax = callsMax;
    this.onCall = onCall;
    this.nextCall = plan[0]?.gap ?? Number.POSITIVE_INFINITY;
  }

  private take(): FaultKind | null {
    const call = this.calls++;
    if (call > this.callsMax) throw new Error(`${call} calls, and no end in sight`);
    if (call < this.nextCall) return null;
    const { kind } = this.plan[this.at++]!;
    this.nextCall = call + 1 + (this.plan[this.at]?.gap ?? Number.POSITIVE_INFINITY);
    return kind;
  }

  intercept(life: Life): Intercept {
    return async (call, work) => {
      await this.onCall();
      if (life.dead) throw new Crashed(`${life.name} is dead`);
      const kind = this.take();
      if (kind === null) return await work();
      this.hits.push(`${this.calls - 1} ${life.name} ${call}: ${kind}`);
      return await fail(life, call, kind, work);
    };
  }
}

async function fail<T>(
  life: Life,
  call: string,
  kind: FaultKind,
  work: () => Promise<T>,
): Promise<T> {
  if (kind === "zombie") {
    if (life.pause) await life.pause();
    else {
      life.replaced = true;
      life.onReplaced.resolve();
    }
    return await work();
  }
  if (kind.endsWith("-after")) await work();
  if (kind.startsWith("error")) throw new RetriableError(`${call} failed: ${kind}`);
  life.dead = true;
  throw new Crashed(`${life.name} died at ${call}: ${kind}`);
}
