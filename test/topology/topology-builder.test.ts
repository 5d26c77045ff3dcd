import assert from "node:assert/strict";
import { test } from "node:test";
import { Subject } from "rxjs";
import type { Batch, Rows } from "../../src/operators/batch.ts";
import { filter } from "../../src/operators/filter.ts";
import { merge } from "../../src/operators/merge.ts";
import type { OperatorContext } from "../../src/operators/operator.ts";
import { selectKey } from "../../src/operators/select-key.ts";
import { type ProcessorNode, topicsOf } from "../../src/topology/topology.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { batchOf } from "../operators/operator-harness.ts";
import { ordersTopology } from "./orders-topology.ts";
import { from, into, same, through, window } from "./plain-nodes.ts";

test("nodes joined by edges or a shared store are one sub-topology, numbered as declared", () => {
  const builder = new TopologyBuilder().store(window("shared"));
  builder.source("a", from("a")).via("a-step", same(), ["shared"]).to("a-out", into("a-out"));
  builder.source("b", from("b")).to("b-out", into("b-out"));
  builder.source("c", from("c")).via("c-step", same(), ["shared"]).to("c-out", into("c-out"));
  builder.table("d", "d");
  const { subTopologies } = builder.build();
  assert.deepEqual(
    subTopologies.map(({ id, nodes, stores }) => [
      id,
      nodes.map((node) => node.name),
      stores.map((store) => store.name),
    ]),
    [
      [0, ["a", "a-step", "a-out", "c", "c-step", "c-out"], ["shared"]],
      [1, ["b", "b-out"], []],
      [2, ["d"], []],
    ],
  );
});

test("a repartition cuts a topology in two, with a sink and a source of its name", () => {
  const builder = new TopologyBuilder();
  builder.source("in", from("in")).repartition("by-key", through("keyed")).to("out", into("out"));
  const topology = builder.build();
  assert.deepEqual(topology.repartitionTopics, ["keyed"]);
  const [before, after] = topology.subTopologies.map(({ nodes }) => nodes);
  const sink = before![1]!;
  const source = after![0]!;
  assert.ok(sink.kind === "sink" && sink.name === "by-key-sink" && sink.repartition);
  assert.ok(source.kind === "source" && source.name === "by-key-source");
  assert.deepEqual(source.completeness, { markers: "upstream-tasks" });
});

test("the topics of a topology are those of its sources and tables, and of its sinks", () => {
  assert.deepEqual(topicsOf(ordersTopology()), {
    sources: [
      "shop.orders",
      "shop.payments",
      "items-by-country",
      "geo.countries",
      "shop.country-texts",
      "dead-letters",
    ],
    sinks: ["shop.open-orders", "items-by-country", "shop.country-texts"],
  });
});

test("a step reads the output it is given, and edges name it", () => {
  const builder = new TopologyBuilder();
  const split = builder.source("in", from("in")).via("split", same());
  builder.join("both", { a: split.output("half"), b: split }, merge()).to("out", into("out"));
  const [sub] = builder.build().subTopologies;
  const both = sub!.nodes.find((node) => node.name === "both") as ProcessorNode;
  assert.deepEqual(both.inputs, {
    a: { from: "split", output: "half" },
    b: { from: "split", output: "main" },
  });
  assert.deepEqual(both.predecessors, ["split"]);
});

test("a stream of another builder is refused with both names", () => {
  const other = new TopologyBuilder().source("foreign", from("a"));
  const builder = new TopologyBuilder();
  const own = builder.source("own", from("b"));
  assert.throws(() => builder.join("mix", { own, other }, merge()), {
    name: "TopologyError",
    message: /^mix reads from foreign, which is a node of another TopologyBuilder/,
  });
});

test("what is added after build is refused by its name", () => {
  const builder = new TopologyBuilder();
  const source = builder.source("in", from("in"));
  source.to("out", into("out"));
  builder.build();
  for (const add of [
    () => source.to("late", into("late")),
    () => source.via("late", same()),
    () => builder.source("late", from("late")),
    () => builder.table("late", "late"),
  ]) {
    assert.throws(add, { name: "TopologyError", message: /late comes too late/ });
  }
});

test("a step is opened as the operator it was given, and keeps how that uses keys", () => {
  const builder = new TopologyBuilder();
  builder
    .source("in", from("in"))
    .via(
      "long",
      filter((text) => text.length > 1),
    )
    .via(
      "keyed",
      selectKey((text) => text),
    )
    .to("out", into("out"));
  const [sub] = builder.build().subTopologies;
  const [long, keyed] = sub!.nodes.filter((node) => node.kind === "processor");
  assert.equal(long!.operator.keys, undefined);
  assert.equal(keyed!.operator.keys, "changes");
  const input = new Subject<Batch<Rows<string>>>();
  const seen: number[] = [];
  long!
    .operator({} as OperatorContext)({ input })
    .subscribe(({ length }) => seen.push(length));
  input.next(
    batchOf([
      { value: "a", at: 0 },
      { value: "ab", at: 0 },
    ]),
  );
  assert.deepEqual(seen, [1]);
});
