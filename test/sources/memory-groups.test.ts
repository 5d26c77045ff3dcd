import { MemoryGroups } from "../../src/sources/memory-groups.ts";
import { groupSuite } from "./group-suite.ts";

const SESSION_MS = 1000;

groupSuite("memory groups", async () => {
  let nowMs = 0;
  const groups = new MemoryGroups({ nowMs: () => nowMs }, SESSION_MS);
  // Whoever does not poll is silent.
  const process = { groups, silence: () => {}, awaken: () => {} };
  return {
    process: async () => process,
    pass: async () => {
      nowMs += SESSION_MS / 20;
    },
    dispose: async () => {},
  };
});
