import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { merge } from "../../src/operators/merge.ts";
import { describe } from "../../src/topology/describe.ts";
import { describeDot } from "../../src/topology/describe-dot.ts";
import { describeJson } from "../../src/topology/describe-json.ts";
import { describeMermaid } from "../../src/topology/describe-mermaid.ts";
import type { Node, Topology } from "../../src/topology/topology.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { type ParsedNode, type ParsedTopology, parseDescription } from "./describe-grammar.ts";
import { ordersTopology } from "./orders-topology.ts";
import { from, into, same, through, window } from "./plain-nodes.ts";

const golden = (name: string) => path.join(import.meta.dirname, "../golden/topology", name);
const asText = { serializers: [(text: unknown) => text as string] };

test("the text of a topology with everything in it stays as it was reviewed", (t) => {
  t.assert.fileSnapshot(describe(ordersTopology()), golden("orders.txt"), asText);
});

test("the JSON of a topology stays as it was reviewed", (t) => {
  const json = `${JSON.stringify(describeJson(ordersTopology()), null, 2)}\n`;
  t.assert.fileSnapshot(json, golden("orders.json"), asText);
});

test("the Graphviz drawing of a topology stays as it was reviewed", (t) => {
  t.assert.fileSnapshot(describeDot(ordersTopology()), golden("orders.dot"), asText);
});

test("the Mermaid drawing of a topology stays as it was reviewed", (t) => {
  t.assert.fileSnapshot(describeMermaid(ordersTopology()), golden("orders.mermaid"), asText);
});

/** The graph that a text should tell, from the nodes themselves; lists as sets. */
const graphOf = ({ subTopologies }: Topology): ParsedTopology =>
  new Map(subTopologies.map(({ id, nodes }) => [id, new Map(nodes.flatMap(parsedNode))]));

function parsedNode(node: Node): [string, ParsedNode][] {
  const { name } = node;
  const kind = node.kind === "source" ? "Source" : node.kind === "sink" ? "Sink" : "Processor";
  const parsed: ParsedNode = {
    kind,
    topics: node.kind === "source" || node.kind === "sink" ? [node.topic] : [],
    stores: node.kind === "processor" ? node.stores.toSorted() : [],
    successors: node.successors.toSorted(),
    predecessors: node.predecessors.toSorted(),
  };
  if (node.kind !== "table") return [[name, parsed]];
  const source = `${name}-source`;
  return [
    [source, { ...parsed, kind: "Source", topics: [node.topic], successors: [name] }],
    [name, { ...parsed, predecessors: [source] }],
  ];
}

const asSets = (parsed: ParsedTopology): ParsedTopology =>
  new Map(
    [...parsed].map(([id, nodes]) => [
      id,
      new Map(
        [...nodes].map(([name, node]) => [
          name,
          {
            ...node,
            stores: node.stores.toSorted(),
            successors: node.successors.toSorted(),
            predecessors: node.predecessors.toSorted(),
          },
        ]),
      ),
    ]),
  );

/** A topology from random choices: each step reads one or two of the streams before it. */
function randomTopology(choices: readonly [number, number, boolean][]): Topology {
  const builder = new TopologyBuilder();
  const open = [builder.source("s0", from("t0"))];
  const unread = new Set([0]);
  for (const [i, [a, b, isSource]] of choices.entries()) {
    if (isSource) open.push(builder.source(`source-${i}`, from(`topic-${i}`)));
    else {
      const inputs = [a % open.length, b % open.length];
      for (const input of inputs) unread.delete(input);
      const [left, right] = inputs.map((input) => open[input]!);
      open.push(builder.join(`step-${(i * 7) % 10}${i}`, { left: left!, right: right! }, merge()));
    }
    unread.add(open.length - 1);
  }
  for (const i of unread) open[i]!.to(`sink-${i}`, into(`out-${i}`));
  return builder.build();
}

const choices = fc.array(fc.tuple(fc.nat(20), fc.nat(20), fc.boolean()), {
  maxLength: 12,
  size: "max",
});

test("the text follows the grammar of Kafka Streams and tells the whole graph", () => {
  const check = (topology: Topology) =>
    assert.deepEqual(asSets(parseDescription(describe(topology))), graphOf(topology));
  check(ordersTopology());
  fc.assert(
    fc.property(choices, (script) => check(randomTopology(script))),
    propertyRuns(100),
  );
});

test("nodes are listed with the largest downstream sub-tree first, then by name", () => {
  fc.assert(
    fc.property(choices, (script) => {
      for (const nodes of parseDescription(describe(randomTopology(script))).values()) {
        const size = (name: string): number =>
          nodes.get(name)!.successors.reduce((sum, next) => sum + size(next), 1);
        const order = [...nodes.keys()];
        for (const [i, name] of order.slice(1).entries()) {
          const before = order[i]!;
          const isAhead =
            size(before) > size(name) || (size(before) === size(name) && before < name);
          assert.ok(isAhead, `${before} (${size(before)}) before ${name} (${size(name)})`);
        }
      }
    }),
    propertyRuns(100),
  );
});

/** The topology which Kafka Streams 4.1.1 printed as the golden text, built node by node. */
function kafkaExample(): Topology {
  const stores = [
    "mention-event-this-join-store",
    "mention-event-other-join-store",
    "silver-this-join-store",
    "silver-outer-other-join-store",
    "silver-left-shared-join-store",
  ];
  const builder = new TopologyBuilder();
  for (const name of stores) builder.store(window(name));
  const join = (
    name: string,
    left: ReturnType<typeof source>,
    right: typeof left,
    other: string,
  ) => {
    const own = `${name}-this-join-store`;
    const theirs = `${name}-${other}-store`;
    const shared = other === "outer-other-join" ? ["silver-left-shared-join-store"] : [];
    const from = left
      .via(`${name}-this-windowed`, same(), [own])
      .via(`${name}-this-join`, same(), [...shared, theirs]);
    const to = right
      .via(`${name}-other-windowed`, same(), [theirs])
      .via(`${name}-${other}`, same(), [own, ...shared]);
    return builder.join(`${name}-merge`, { from, to }, merge());
  };
  const source = (name: string, topic: string) => builder.source(name, from(topic));
  const events = source("events-source", "gdelt.events");
  const mentions = source("mentions-source", "gdelt.mentions");
  const left = join("mention-event", mentions, events, "other-join")
    .via("key-by-document", same())
    .via("silver-left-repartition-filter", same())
    .repartition("silver-left-repartition", through("silver-left-repartition"));
  join("silver", left, source("gkg-source", "gdelt.gkg"), "outer-other-join").to(
    "silver-sink",
    into("gdelt.silver"),
  );
  return builder.build();
}

test("a topology of Kafka Streams' is described as Kafka Streams does it", () => {
  const theirs = fs.readFileSync(golden("kafka-streams-4.1.1.txt"), "utf8");
  const ours = describe(kafkaExample());
  // In lists Kafka's order is that of a hash; lines and nodes are in the same order.
  const sorted = (text: string) =>
    text.replace(/(?<=<-- |-->|\[)[^\n\]]+/g, (list) => list.split(", ").sort().join(", "));
  assert.equal(sorted(ours), sorted(theirs));
});

test("a topology without stores, of one table, is described", () => {
  const topology = new TopologyBuilder().table("lake", "gdelt.events").build();
  assert.equal(
    describe(topology),
    "Topologies:\n   Sub-topology: 0\n" +
      "    Source: lake-source (topics: [gdelt.events])\n      --> lake\n" +
      "    Processor: lake (stores: [])\n      --> none\n      <-- lake-source\n\n",
  );
});

test("drawings name outputs and sides at the edges, and keep a topic apart from a node of its name", () => {
  const builder = new TopologyBuilder();
  const first = builder.source("end", from("end"));
  const second = first.via("split", same()).output("half");
  builder.join("join", { first, second }, merge()).to("out", into("out"));
  const topology = builder.build();
  const dot = describeDot(topology);
  assert.match(dot, /"node:split" -> "node:join" \[label = "half \/ second"\];/);
  assert.match(dot, /"topic:end" -> "node:end";/);
  const mermaid = describeMermaid(topology);
  assert.match(mermaid, /node\d+ -->\|"half \/ second"\| node\d+/);
  assert.doesNotMatch(mermaid, /^\s*end\[/m);
});
