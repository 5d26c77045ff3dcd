import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Span } from "../../../src/app/tracing/span.ts";
import { SpanExporter, WAITING_BYTES_MAX } from "../../../src/app/tracing/span-exporter.ts";
import { publishSpanId, taskSpanId, traceIdOf } from "../../../src/record/trace.ts";

const SLICE_MS = Date.UTC(2026, 0, 1);

const attribute = {
  type: "object",
  required: ["key", "value"],
  additionalProperties: false,
  properties: {
    key: { type: "string", minLength: 1 },
    value: {
      type: "object",
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: {
        stringValue: { type: "string" },
        intValue: { type: "string", pattern: "^-?\\d+$" },
      },
    },
  },
};
const attributes = { type: "array", items: attribute };
const nano = { type: "string", pattern: "^\\d{1,19}000000$" };
const object = (properties: object, optional: readonly string[] = []) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

/** ExportTraceServiceRequest as OTLP 1 has it in JSON, of what we use. */
const REQUEST = object({
  resourceSpans: {
    type: "array",
    minItems: 1,
    items: object({
      resource: object({ attributes }),
      scopeSpans: {
        type: "array",
        items: object({
          scope: object({ name: { type: "string" }, version: { type: "string" } }),
          spans: {
            type: "array",
            minItems: 1,
            items: object(
              {
                traceId: { type: "string", pattern: "^(?!0{32})[0-9a-f]{32}$" },
                spanId: { type: "string", pattern: "^(?!0{16})[0-9a-f]{16}$" },
                parentSpanId: { type: "string", pattern: "^(?!0{16})[0-9a-f]{16}$" },
                name: { type: "string", minLength: 1 },
                kind: { enum: [1] },
                startTimeUnixNano: nano,
                endTimeUnixNano: nano,
                attributes,
              },
              ["parentSpanId"],
            ),
          },
        }),
      },
    }),
  },
});
const isRequest = new Ajv2020().compile(REQUEST);

interface Request {
  readonly resourceSpans: readonly [
    { readonly scopeSpans: readonly [{ readonly spans: readonly Record<string, unknown>[] }] },
  ];
}

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** A collector that answers with these statuses in turn, the last again and again. */
async function collector(...statuses: readonly number[]) {
  const taken: Record<string, unknown>[] = [];
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    asked.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
    const status = statuses[Math.min(asked.length, statuses.length) - 1]!;
    const value = JSON.parse(body) as Request;
    assert.ok(isRequest(value), JSON.stringify(isRequest.errors));
    if (status === 200) taken.push(...value.resourceSpans[0].scopeSpans[0].spans);
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { taken, asked, endpoint };
}

function exporterTo(endpoint: string) {
  const complaints: string[] = [];
  const waits: number[] = [];
  const exporter = new SpanExporter({
    endpoint,
    resource: { application: "app", version: "1.2.3", replica: "one" },
    random: () => 1,
    wait: async (ms) => {
      waits.push(ms);
      await turn();
    },
    complain: (message) => complaints.push(message),
  });
  return { exporter, complaints, waits };
}

const stage = { stage: "commit", task: "2_0", generation: 1, attempt: 1 } as const;
const span = (n: number, of: Partial<Span> = {}): Span => ({
  ...{ sliceMs: SLICE_MS + n, id: taskSpanId(SLICE_MS + n, stage) },
  parent: publishSpanId(SLICE_MS + n, 1),
  ...{ name: "commit lake", startMs: SLICE_MS + 5, endMs: SLICE_MS + 9 },
  attributes: { "gdelt.rows": 12, "gdelt.task": "2_0" },
  ...of,
});

test("a collector gets spans as OTLP has them in JSON", async () => {
  const { taken, asked, endpoint } = await collector(200);
  const { exporter } = exporterTo(endpoint);
  exporter.add(span(0, { parent: null }));
  exporter.add(span(1, { endMs: SLICE_MS }));
  await exporter.close();
  assert.deepEqual(asked, ["POST /v1/traces application/json"]);
  const [first, second] = taken;
  assert.equal(first!["traceId"], traceIdOf(SLICE_MS));
  assert.ok(!("parentSpanId" in first!));
  assert.equal(second!["parentSpanId"], publishSpanId(SLICE_MS + 1, 1));
  assert.equal(first!["startTimeUnixNano"], `${SLICE_MS + 5}000000`);
  // A clock that was put back.
  assert.equal(second!["endTimeUnixNano"], second!["startTimeUnixNano"]);
  assert.equal(exporter.dropped, 0);
});

test("what may pass is tried again, ever more seldom, and anything else is dropped at once", async () => {
  const later = await collector(503, 429, 200);
  const passing = exporterTo(later.endpoint);
  passing.exporter.add(span(0));
  while (later.taken.length === 0) await turn();
  assert.deepEqual(passing.waits.slice(0, 3), [2000, 1000, 2000]);
  assert.deepEqual([passing.exporter.dropped, passing.complaints], [0, []]);
  await passing.exporter.close();

  const never = await collector(400);
  const refused = exporterTo(never.endpoint);
  refused.exporter.add(span(0));
  while (refused.exporter.dropped === 0) await turn();
  refused.exporter.add(span(1));
  await refused.exporter.close();
  assert.equal(refused.exporter.dropped, 2);
  assert.equal(never.asked.length, 2);
  assert.equal(refused.complaints.length, 1);
  assert.match(refused.complaints[0]!, /the collector answers with status 400/);
});

test("a collector that is away costs a bounded number of bytes, and no end is put off", async () => {
  const { exporter, complaints } = exporterTo("http://127.0.0.1:9");
  const large = "x".repeat(64 << 10);
  for (let n = 0; n < 40; n++) exporter.add(span(n, { attributes: { large } }));
  assert.ok(exporter.dropped >= 40 - WAITING_BYTES_MAX / (64 << 10));
  await exporter.close();
  assert.equal(exporter.dropped, 40);
  assert.equal(complaints.length, 1);
});
