import type { Board } from "./board.ts";
import { analysisBoard } from "./boards/analysis.ts";
import { healthBoard } from "./boards/health.ts";
import { lifecycleBoard } from "./boards/lifecycle.ts";
import { platformBoard } from "./boards/platform.ts";
import { runtimeBoard } from "./boards/runtime.ts";
import { sinksBoard } from "./boards/sinks.ts";
import { stateBoard } from "./boards/state.ts";

/** All boards, in the order in which one would look at them. */
export const BOARDS: readonly Board[] = [
  ...[healthBoard, lifecycleBoard, stateBoard, sinksBoard, runtimeBoard, platformBoard],
  analysisBoard,
];
