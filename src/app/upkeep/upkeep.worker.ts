import { parentPort, workerData } from "node:worker_threads";
import { machineClock } from "../machine-clock.ts";
import type { UpkeepJob } from "./upkeep-job.ts";
import { takeTurn } from "./upkeep-turn.ts";

/** One turn, and with it the thread ends: what encoding took of memory is given back. */
await takeTurn(workerData as UpkeepJob, machineClock, (line) => parentPort!.postMessage(line));
