import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { EventPlace, EventRows } from "../../../src/app/inspector/events/event-rows.ts";
import { SILVER_TOPICS } from "../../../src/silver/silver-topology.ts";
import { newestRows } from "../../silver/newest-rows.ts";
import { MemoryReplicas } from "./memory-replicas.ts";

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, { readonly get: DocumentedOperation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** Nobody else knows of it. */
const IN_LAKE = 7;

const rows: EventRows = {
  event: { global_event_id: IN_LAKE, status: "EXPIRED", sentence: "A met B", themes: ["X"] },
  mentions: [],
  mentionCount: 0,
  isOpen: false,
};

const LAKE: EventPlace = {
  name: "lake",
  rows: async (id) => (id === IN_LAKE ? rows : null),
  steps: async (id) =>
    id === IN_LAKE
      ? [{ at: "2026-01-01T00:00:00.000Z", state: "EXPIRED", reason: null, where: "lake" }]
      : [],
};

const MART: EventPlace = {
  name: "mart",
  rows: async () => {
    throw new Error("it is away");
  },
  steps: async () => [],
};

describe("/openapi.json", { timeout: 60_000 }, () => {
  let replicas: MemoryReplicas;
  let document: Document;
  let known: string;

  before(async () => {
    replicas = await MemoryReplicas.open(["one", "two"], 2, { places: [MART, LAKE] });
    await replicas.publish(withBadRow);
    await replicas.publish();
    const events = await newestRows(
      replicas.application.log,
      SILVER_TOPICS.events,
      "global_event_id",
    );
    known = events.keys().next().value!;
    document = (await (await replicas.get("one", "/openapi.json")).json()) as Document;
  });
  after(() => replicas.close());

  /** Each with what makes it say so. */
  const questions = (): [
    path: string,
    status: number,
    asked: string,
    accept?: string,
    method?: string,
  ][] => [
    ["/healthz", 200, "/healthz"],
    ["/readyz", 200, "/readyz"],
    ["/metrics", 200, "/metrics"],
    ["/metrics", 200, "/metrics", "application/openmetrics-text"],
    ["/version", 200, "/version"],
    ["/topology", 200, "/topology"],
    ["/topology", 200, "/topology", "text/plain"],
    ["/topology.text", 200, "/topology.text"],
    ["/topology.json", 200, "/topology.json"],
    ["/topology.dot", 200, "/topology.dot"],
    ["/topology.mermaid", 200, "/topology.mermaid"],
    ["/topology.svg", 200, "/topology.svg"],
    ["/topology.layout", 200, "/topology.layout"],
    ["/topology/state", 200, "/topology/state"],
    ["/topology/state", 200, "/topology/state?self"],
    // By GET it has no end.
    ["/stream", 200, "/stream", "text/event-stream", "HEAD"],
    ["/events/{id}", 200, `/events/${known}`],
    ["/events/{id}", 200, `/events/${IN_LAKE}`],
    ["/events/{id}", 400, "/events/seven"],
    ["/events/{id}", 503, "/events/8"],
    ["/audit/{id}", 200, `/audit/${known}`],
    ["/audit/{id}", 200, `/audit/${IN_LAKE}`],
    ["/audit/{id}", 404, "/audit/8"],
    ["/audit/{id}", 400, "/audit/%ff"],
    ["/dead-letters", 200, "/dead-letters"],
    ["/dead-letters", 200, "/dead-letters?limit=0"],
    ["/dead-letters", 400, "/dead-letters?limit=-1"],
    ["/analysis/answer", 400, "/analysis/answer?days=0"],
    // What it answers where there is a mart is held against the same schema with the tests of Gold.
    ["/analysis/answer", 503, "/analysis/answer"],
    ["/openapi.json", 200, "/openapi.json"],
    ["/version", 414, `/version?${"x".repeat(1100)}`],
  ];

  test("describes every path that answers, and every answer is as it says", async () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    assert.equal(document.openapi, "3.1.0");
    assert.equal(document.info.version, "1.2.3");
    const { Error: error } = document.components.schemas;
    for (const [path, status, asked, accept = "*/*", method = "GET"] of questions()) {
      const response = await replicas.get("one", asked, { headers: { accept }, method });
      const body = await response.text();
      assert.equal(response.status, status, `${asked}: ${body}`);
      const type = response.headers.get("content-type")!.split(";")[0]!;
      const content = document.paths[path]!.get.responses[status]?.content[type];
      assert.ok(content, `${path} says nothing of ${status} as ${type}`);
      if (type !== "application/json") continue;
      const schema = "$ref" in content.schema ? error! : content.schema;
      const isValid = ajv.validate(schema, JSON.parse(body));
      assert.ok(isValid, `${asked}: ${ajv.errorsText(ajv.errors)}\n${body.slice(0, 2000)}`);
    }
    const asked = new Set(questions().map(([path]) => path));
    assert.deepEqual([...asked].sort(), Object.keys(document.paths).sort());
  });

  test("names what stands in a path, and each operation by a name of its own", () => {
    const operations = Object.entries(document.paths);
    const ids = operations.map(([, { get }]) => get.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const [path, { get }] of operations) {
      const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = get.parameters.filter((each) => each.in === "path").map(({ name }) => name);
      assert.deepEqual(named, places, path);
      const isOpen = ["/healthz", "/readyz"].includes(path);
      assert.equal(get.security.length, isOpen ? 0 : 1, path);
    }
  });

  test("and the answers of an event that has left the state say where they are from", async () => {
    const found = await (await replicas.get("one", `/events/${IN_LAKE}`)).json();
    assert.deepEqual(found, {
      ...{ id: IN_LAKE, foundIn: "lake", owner: null, status: "incomplete", sentence: "A met B" },
      ...{ event: rows.event, mentions: [], mentionCount: 0, documents: [] },
    });
    const nowhere = await replicas.get("one", "/events/8");
    assert.deepEqual(await nowhere.json(), {
      error: "nobody who was asked knows of event 8; the mart could not be asked: it is away",
    });
  });
});

/** With a row that nobody can parse in front. */
const withBadRow = (feed: string, bytes: Buffer) =>
  feed === "mentions" ? Buffer.concat([Buffer.from("<b>bad</b>\trow\n"), bytes]) : bytes;
