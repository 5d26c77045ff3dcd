import { backsUp } from "./backups.ts";
import { changesNothing, deploys, scales, takesBack, updates } from "./deployments.ts";
import { crashes, cutsOff, losesManager, losesMonitoring } from "./failures.ts";
import type { Step } from "./step.ts";

/** In this order: each finds the swarm as the one before it has left it, with six replicas. */
export const STEPS: readonly Step[] = [
  ...[deploys, changesNothing, crashes, cutsOff, losesMonitoring, losesManager],
  ...[updates, takesBack, scales, backsUp],
];
