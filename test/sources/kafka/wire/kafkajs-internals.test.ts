import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kafkajs } from "../../../../src/sources/kafka/wire/kafkajs-internals.ts";

const require = createRequire(import.meta.url);

interface Queue {
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  maybeThrottle(throttleMs: number): void;
  push(request: object): void;
  fulfillRequest(answer: object): void;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

function newQueue(): Queue {
  assert.ok(kafkajs.ConnectionPool, "it is loaded, and with it our repair");
  const RequestQueue = require("kafkajs/src/network/requestQueue");
  const logger = { debug: () => {}, warn: () => {} };
  return new RequestQueue({ requestTimeout: 1000, enforceRequestTimeout: false, logger });
}

const request = (correlationId: number, sent: number[]) => ({
  entry: { apiKey: 3, apiName: "Metadata", apiVersion: 6, correlationId, resolve: () => {} },
  expectResponse: true,
  requestTimeout: null,
  sendRequest: () => sent.push(correlationId),
});

test("a connection with nothing to wait for sets no timer", () => {
  const queue = newQueue();
  const sent: number[] = [];
  queue.push(request(1, sent));
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
  queue.scheduleCheckPendingRequests();
  assert.deepEqual(sent, [1]);
  assert.equal(queue.throttleCheckTimeoutId, null);
});

test("requests that a broker has asked to hold back are sent after the pause", async () => {
  const queue = newQueue();
  const sent: number[] = [];
  queue.maybeThrottle(30);
  queue.push(request(1, sent));
  assert.deepEqual(sent, []);
  while (sent.length === 0) await sleep(5);
  assert.deepEqual(sent, [1]);
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
  queue.destroy();
});
