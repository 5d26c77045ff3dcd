import assert from "node:assert/strict";
import { test } from "node:test";
import { prometheusSoftware } from "../../../scripts/services/prometheus.ts";
import { exposition } from "../../../src/inspector/metrics/metric-registry.ts";
import { MemoryPipeline } from "../../inspector/memory-pipeline.ts";
import { promtool, withoutPrograms } from "./promtool.ts";

test("Prometheus' own tool finds no fault with what it is given", {
  skip: await withoutPrograms(prometheusSoftware),
}, async () => {
  const pipeline = await MemoryPipeline.open(2);
  await pipeline.publish();
  await pipeline.thread.runUntilIdle();
  const { metrics } = await pipeline.report();
  await promtool(["check", "metrics"], await exposition([metrics], "text"));
  await assert.rejects(promtool(["check", "metrics"], "# TYPE bad counter\nbad 1\n"));
});
