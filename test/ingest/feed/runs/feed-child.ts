import { runFeed } from "../../../../src/app/feed-command.ts";
import { applyHeapSettings } from "../../../../src/app/heap-settings.ts";

/** `gdelt-streams feed`, without the modules that the other commands need. */
applyHeapSettings();
process.exitCode = await runFeed(process.argv.slice(2), { nowMs: () => Date.now() });
