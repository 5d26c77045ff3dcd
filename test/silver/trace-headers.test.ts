import assert from "node:assert/strict";
import { test } from "node:test";
import { SLICES_TOPIC } from "../../src/gdelt/feeds.ts";
import { publishSpanId, traceHeaders, traceIdOf } from "../../src/record/trace.ts";
import { SILVER_TOPICS } from "../../src/silver/silver-topology.ts";
import { MemoryPipeline } from "../inspector/memory-pipeline.ts";

test("all that is written of a slice names its trace, and a replay writes the same", async () => {
  const [headers, again] = [await headersOfRun(), await headersOfRun()];
  assert.ok(headers.length > 4);
  assert.deepEqual(again, headers);
});

/** The headers of the records of a slice in topics that others read, checked against its trace. */
async function headersOfRun(): Promise<string[]> {
  const pipeline = await MemoryPipeline.open(1);
  const sliceMs = await pipeline.publish();
  await pipeline.thread.runUntilIdle();
  const found: string[] = [];
  for (const topic of [SLICES_TOPIC, SILVER_TOPICS.events, SILVER_TOPICS.mentions]) {
    const at = { topic, partition: 0 };
    const { end } = await pipeline.application.log.bounds(at);
    for (let offset = 0; offset < end; ) {
      const records = (await pipeline.application.log.read(at, offset, 1 << 20))!;
      const { traceparent = "none" } = records.headers;
      assert.match(traceparent, new RegExp(`^00-${traceIdOf(sliceMs)}-[0-9a-f]{16}-01$`), topic);
      found.push(traceparent);
      offset = records.nextOffset;
    }
  }
  const { traceparent } = traceHeaders(sliceMs, publishSpanId(sliceMs, 1));
  assert.equal(found[0], traceparent);
  return found;
}
