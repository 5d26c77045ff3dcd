import type { Recovery } from "../../chaos/evidence.ts";
import type { Step } from "./steps/step.ts";
import { gatherSwarmEvidence, quiet, SWARM_INVARIANTS } from "./swarm-evidence.ts";
import type { SwarmWorld } from "./swarm-world.ts";

export interface StepReport {
  readonly step: string;
  readonly says: string;
  readonly notes: Readonly<Record<string, number | string>>;
  /** Why the step itself is not as it should be; null: it is. */
  readonly trouble: string | null;
  /** By the invariant: where it does not hold. */
  readonly violations: Readonly<Record<string, readonly string[]>>;
  /** Slices that were in all tables then. */
  readonly slices: number;
  /** From the end of the step until nothing was left to read; null: not in time, or there was trouble. */
  readonly quietS: number | null;
  readonly seconds: number;
}

const LINES_MAX = 5;
const LINE_CHARS_MAX = 600;

/** Runs a step, and checks what holds whatever has happened. */
export async function runStep(world: SwarmWorld, step: Step): Promise<StepReport> {
  const beganMs = performance.now();
  const notes: Record<string, number | string> = {};
  const note = (name: string, value: number | string) => {
    notes[name] = value;
  };
  const trouble = await step.run({ world, note }).then(
    () => null,
    (error: Error) => error.message.slice(0, 3000),
  );
  // Where it has not come to what it is about there is nothing to be held against anything.
  const recovery = trouble === null ? await quiet(world) : null;
  const violations = recovery === null ? {} : await violationsIn(world, recovery);
  return {
    ...{ step: step.name, says: step.says, notes, trouble, violations },
    slices: world.load.slices,
    quietS: recovery?.lagZeroS ?? null,
    seconds: Math.round((performance.now() - beganMs) / 1000),
  };
}

async function violationsIn(
  world: SwarmWorld,
  recovery: Recovery,
): Promise<Record<string, readonly string[]>> {
  try {
    const evidence = await gatherSwarmEvidence(world, recovery);
    const checked = SWARM_INVARIANTS.map(({ id, violations }) => {
      const lines = violations(evidence).map((line) => line.slice(0, LINE_CHARS_MAX));
      return [id, lines.slice(0, LINES_MAX)] as const;
    });
    return Object.fromEntries(checked);
  } catch (error) {
    return { evidence: [(error as Error).message.slice(0, LINE_CHARS_MAX)] };
  }
}

export const isSound = ({ trouble, violations }: StepReport): boolean =>
  trouble === null && Object.values(violations).every((lines) => lines.length === 0);
