import { applyHeapSettings } from "../../src/app/heap-settings.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";

/** `ours-replay-child.ts <slices> <out>`: a replay, and when it began and ended. */
const [slices, out] = process.argv.slice(2);
applyHeapSettings();
const say = (at: string) => process.stdout.write(`${JSON.stringify({ at, ms: Date.now() })}\n`);
const never = new AbortController().signal;
say("started");
const options = { ...REPLAY_DEFAULTS, slices: slices!, out: out! };
await replay(options, { nowMs: () => Date.now() }, () => {}, never);
say("ended");
