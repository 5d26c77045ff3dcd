import assert from "node:assert/strict";
import { test } from "node:test";
import { exposition } from "../../../src/inspector/metrics/metric-registry.ts";
import { MemoryPipeline } from "../../inspector/memory-pipeline.ts";
import { promtool, withoutPromtool } from "./promtool.ts";

test("Prometheus' own tool finds no fault with what it is given", {
  skip: await withoutPromtool(),
}, async () => {
  const pipeline = await MemoryPipeline.open(2);
  await pipeline.publish();
  await pipeline.thread.runUntilIdle();
  const { metrics } = await pipeline.report();
  await promtool(["check", "metrics"], await exposition([metrics], "text"));
  await assert.rejects(promtool(["check", "metrics"], "# TYPE bad counter\nbad 1\n"));
});
