import { bounded } from "./bounded.ts";
import { dropsAddUp } from "./drops-add-up.ts";
import type { Invariant } from "./invariant.ts";
import { noDoubles } from "./no-doubles.ts";
import { noLoss } from "./no-loss.ts";
import { noOpenTransactions } from "./no-open-transactions.ts";
import { oneOwner } from "./one-owner.ts";
import { positionsAdvance } from "./positions-advance.ts";
import { recovers } from "./recovers.ts";
import { sameAgain } from "./same-again.ts";
import { sameEverywhere } from "./same-everywhere.ts";
import { sameState } from "./same-state.ts";
import { timeAdvances } from "./time-advances.ts";
import { wholeCommits } from "./whole-commits.ts";

export const INVARIANTS: readonly Invariant[] = [
  noLoss,
  noDoubles,
  wholeCommits,
  sameState,
  positionsAdvance,
  timeAdvances,
  oneOwner,
  dropsAddUp,
  sameEverywhere,
  noOpenTransactions,
  recovers,
  bounded,
  sameAgain,
];
