import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { logAdminSuite } from "./log-admin-suite.ts";

logAdminSuite("memory log", async () => {
  const log = new MemoryLog();
  return { log, dispose: () => log.close() };
});

// With small segments nearly every commit begins another, and a snapshot.
for (const segmentBytes of [64 << 20, 500]) {
  logAdminSuite(`embedded log in segments of ${segmentBytes} bytes`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "log-admin-"));
    const open = () => openEmbeddedLog({ folder, segmentBytes, durability: "none" });
    let log = await open();
    return {
      log,
      reopen: async () => {
        await log.close();
        log = await open();
        return log;
      },
      dispose: async () => {
        await log.close();
        await rm(folder, { recursive: true });
      },
    };
  });
}
