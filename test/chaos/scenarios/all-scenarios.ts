import { brokerLoss, coordinatorLoss } from "./broker-loss.ts";
import { failPoints } from "./fail-points.ts";
import { lostCommits } from "./lost-commits.ts";
import { randomKills } from "./random-kills.ts";
import type { Scenario } from "./scenario.ts";
import { storeTrouble } from "./store-trouble.ts";
import { zombies } from "./zombies.ts";

export const SCENARIOS: readonly Scenario[] = [
  randomKills,
  zombies,
  lostCommits,
  failPoints,
  storeTrouble,
  brokerLoss,
  coordinatorLoss,
];
