import assert from "node:assert/strict";
import { test } from "node:test";
import { merge } from "../../src/operators/merge.ts";
import type { StoreSpec } from "../../src/topology/topology.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { topologyHash } from "../../src/topology/topology-hash.ts";
import { ordersTopology } from "./orders-topology.ts";
import { from, into, same, through, window } from "./plain-nodes.ts";

const base = {
  source: "in",
  topic: "topic-in",
  step: "step",
  side: "a",
  output: "half",
  sink: "out",
  repartitions: false,
  stores: [window("rows"), { kind: "key-value", name: "table" }] as readonly StoreSpec[],
};

function hashOf(change: Partial<typeof base> = {}): string {
  const shape = { ...base, ...change };
  const builder = new TopologyBuilder();
  for (const store of shape.stores) builder.store(store);
  const source = builder.source(shape.source, from(shape.topic));
  const names = shape.stores.map((store) => store.name);
  const step = source.via(shape.step, same(), names).output(shape.output);
  const joined = builder.join("join", { [shape.side]: step, b: source }, merge());
  const end = shape.repartitions ? joined.repartition("by-key", through("by-key")) : joined;
  end.to(shape.sink, into("topic-out"));
  return topologyHash(builder.build());
}

test("two descriptions of one shape have one hash, of 16 hex digits", () => {
  assert.match(hashOf(), /^[0-9a-f]{16}$/);
  assert.equal(hashOf(), hashOf());
  assert.equal(topologyHash(ordersTopology()), topologyHash(ordersTopology()));
});

test("the hash does not depend on the order of stores", () => {
  const [rows, table] = base.stores as [StoreSpec, StoreSpec];
  assert.equal(hashOf({ stores: [table, rows] }), hashOf());
});

test("the hash does not depend on the order of declaration within a sub-topology", () => {
  const hash = (first: string, second: string) => {
    const builder = new TopologyBuilder();
    const open = { x: builder.source(first, from(first)), y: builder.source(second, from(second)) };
    const byName = { [first]: open.x, [second]: open.y };
    const sides = { a: byName["one"]!, b: byName["two"]! };
    builder.join("join", sides, merge()).to("out", into("out"));
    return topologyHash(builder.build());
  };
  assert.equal(hash("one", "two"), hash("two", "one"));
});

test("the hash depends on every name, edge, topic and store", () => {
  const [rows, table] = base.stores as [StoreSpec, StoreSpec];
  const changes: Partial<typeof base>[] = [
    { source: "other" },
    { topic: "other" },
    { step: "other" },
    { side: "other" },
    { output: "other" },
    { sink: "other" },
    { repartitions: true },
    { stores: [rows] },
    { stores: [rows, { kind: "key-value", name: "other" }] },
    { stores: [{ ...rows, segmentMs: 2000 } as StoreSpec, table] },
    { stores: [{ kind: "key-value", name: "rows" }, table] },
  ];
  const hashes = [{}, ...changes].map((change) => hashOf(change));
  assert.equal(new Set(hashes).size, hashes.length);
});

test("the hash depends on the numbers of the sub-topologies, by which tasks and their state are named", () => {
  const hash = (names: readonly string[]) => {
    const builder = new TopologyBuilder();
    for (const name of names) builder.table(name, name);
    return topologyHash(builder.build());
  };
  assert.notEqual(hash(["a", "b"]), hash(["b", "a"]));
});
