import assert from "node:assert/strict";
import { test } from "node:test";
import { aggregate } from "../../src/operators/aggregate.ts";
import type { Rows } from "../../src/operators/batch.ts";
import { coGroup } from "../../src/operators/co-group.ts";
import { lookup } from "../../src/operators/lookup.ts";
import { merge } from "../../src/operators/merge.ts";
import { selectKey } from "../../src/operators/select-key.ts";
import { jsonSerde, utf8Serde } from "../../src/operators/serde.ts";
import { suppress } from "../../src/operators/suppress.ts";
import type { Completeness, DeadLetterTopic } from "../../src/topology/topology.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { valueSerializer } from "../../src/topology/value-serdes.ts";
import { ordersTopology } from "./orders-topology.ts";
import { from, into, same, through, window } from "./plain-nodes.ts";

const builder = () => new TopologyBuilder();
const refuses = (describe: () => unknown, message: RegExp) =>
  assert.throws(describe, { name: "TopologyError", message });

/** A source and a sink, to which a test adds what is wrong. */
function working() {
  const topology = builder();
  const source = topology.source("in", from("topic-in"));
  source.to("out", into("topic-out"));
  return { topology, source };
}

const lettersTo = (topic: string): DeadLetterTopic => ({
  topic,
  serialize: () => {
    throw new Error("not called");
  },
});

test("a topology with everything in it breaks no rule", () => {
  assert.equal(ordersTopology().subTopologies.length, 4);
});

test("a topology without nodes is refused", () => {
  refuses(() => builder().build(), /^the topology has no nodes: declare a source or a table$/);
});

test("names outside the characters of Kafka's topics are refused, whatever they name", () => {
  const wrong = ["", " ", "a b", "ä", "a/b", 'a"b', ".", "..", "x".repeat(250)];
  for (const name of wrong) {
    const bad = /name ".*" is not allowed: use 1 to 249 of the characters a-z A-Z 0-9 \. _ -/;
    refuses(() => builder().table(name, "topic").build(), bad);
    refuses(() => builder().table("name", name).build(), bad);
    refuses(() => working().topology.deadLetters(lettersTo(name)).build(), bad);
    refuses(() => working().topology.store(window(name)).build(), bad);
    refuses(() => {
      const { topology, source } = working();
      topology.join("join", { [name]: source, b: source }, merge()).to("out-2", into("topic-2"));
      topology.build();
    }, bad);
    refuses(() => {
      const { topology, source } = working();
      source.output(name).via("step", same()).to("out-2", into("topic-2"));
      topology.build();
    }, bad);
  }
  builder()
    .table("A.b_c-9", `${"x".repeat(248)}.`)
    .build();
});

test("two nodes of one name are refused, also where repartition or table made the name", () => {
  const taken = (name: string) => new RegExp(`^two nodes are named "${name}".*rename one$`);
  refuses(() => {
    const { topology, source } = working();
    source.via("out", same()).to("out-2", into("topic-2"));
    topology.build();
  }, taken("out"));
  refuses(() => {
    const { topology, source } = working();
    topology.source("by-key-source", from("other")).to("out-2", into("topic-2"));
    source.repartition("by-key", through("by-key")).to("out-3", into("topic-3"));
    topology.build();
  }, taken("by-key-source"));
  refuses(() => {
    const { topology } = working();
    topology.source("lake-source", from("other")).to("out-2", into("topic-2"));
    topology.table("lake", "topic-out").build();
  }, taken("lake-source"));
});

test("a store that is declared twice is refused", () => {
  refuses(() => {
    const { topology, source } = working();
    source.via("step", same(), ["rows"]).to("out-2", into("topic-2"));
    topology.store(window("rows")).store({ kind: "key-value", name: "rows" }).build();
  }, /^store "rows" is declared twice: declare it once, or rename one$/);
});

test("a node that names a store nobody declared, or one store twice, is refused", () => {
  refuses(() => {
    const { topology, source } = working();
    source.via("step", same(), ["rows"]).to("out-2", into("topic-2"));
    topology.build();
  }, /^node "step" uses store "rows", which is not declared: declare it with store\(\)/);
  refuses(() => {
    const { topology, source } = working();
    source.via("step", same(), ["rows", "rows"]).to("out-2", into("topic-2"));
    topology.store(window("rows")).build();
  }, /^node "step" names store "rows" twice$/);
});

test("a store that no node uses is refused", () => {
  refuses(
    () => working().topology.store(window("rows")).build(),
    /^store "rows" is used by no node: name it in the node that uses it, or remove it$/,
  );
});

test("a window store with a senseless segment is refused", () => {
  const withStore = (spec: object) => () => {
    const { topology, source } = working();
    source.via("step", same(), ["rows"]).to("out-2", into("topic-2"));
    topology.store({ ...window("rows"), ...spec } as never).build();
  };
  for (const segmentMs of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    refuses(withStore({ segmentMs }), /^store "rows": segmentMs is .*, give it whole milliseconds/);
  }
  withStore({})();
});

test("a join without inputs is refused", () => {
  refuses(() => {
    const { topology } = working();
    topology.join("nothing", {}, merge<Rows<string>>()).to("out-2", into("topic-2"));
    topology.build();
  }, /^node "nothing" has no input: give its join at least one stream$/);
});

test("a source or a step whose rows nobody reads is refused", () => {
  refuses(() => {
    const { topology } = working();
    topology.source("idle", from("other"));
    topology.build();
  }, /^nobody reads what source "idle" emits: add a step or a sink after it, or remove it$/);
  refuses(() => {
    const { topology, source } = working();
    source.via("idle", same());
    topology.build();
  }, /^nobody reads what processor "idle" emits/);
});

test("a topic that two sources read is refused, one that a table reads too is not", () => {
  refuses(() => {
    const { topology } = working();
    topology.source("again", from("topic-in")).to("out-2", into("topic-2"));
    topology.build();
  }, /^topic "topic-in" is read by the sources "in" and "again": declare one source/);
  working().topology.table("bronze", "topic-in").table("copy", "topic-in").build();
});

test("a sink into a topic that a source reads is refused, one that a table reads is not", () => {
  refuses(() => {
    const { topology, source } = working();
    source.to("loop", into("topic-in"));
    topology.build();
  }, /^sink "loop" writes topic "topic-in", which source "in" reads.*Connect the two with repartition/);
  working().topology.table("lake", "topic-out").build();
});

test("a topic of a repartition that anything else uses is refused", () => {
  const shared = /^topic "by-key" belongs to a repartition, and more nodes use it than its own two/;
  const repartitioned = () => {
    const { topology, source } = working();
    source.repartition("by-key", through("by-key")).to("out-2", into("topic-2"));
    return { topology, source };
  };
  repartitioned().topology.build();
  refuses(() => repartitioned().topology.table("lake", "by-key").build(), shared);
  refuses(() => {
    const { topology } = repartitioned();
    topology.source("again", from("by-key")).to("out-3", into("topic-3"));
    topology.build();
  }, shared);
  refuses(() => {
    const { topology, source } = repartitioned();
    source.to("also", into("by-key"));
    topology.build();
  }, shared);
  refuses(() => {
    const { topology, source } = repartitioned();
    source.repartition("by-other-key", through("by-key")).to("out-3", into("topic-3"));
    topology.build();
  }, /"by-key-sink", "by-key-source", "by-other-key-sink", "by-other-key-source"/);
});

test("dead letters into a topic of a source or sink are refused, a table may read theirs", () => {
  for (const topic of ["topic-in", "topic-out"]) {
    refuses(
      () => working().topology.deadLetters(lettersTo(topic)).build(),
      new RegExp(`^dead letters go to topic "${topic}", which (source "in"|sink "out") uses too`),
    );
  }
  working().topology.deadLetters(lettersTo("letters")).table("letters-table", "letters").build();
});

const withCompleteness = (completeness: Completeness) => () => {
  const topology = builder();
  topology.source("in", { ...from("topic-in"), completeness }).to("out", into("topic-out"));
  topology.build();
};

test("a source that waits for no feed, or for one twice, is refused", () => {
  refuses(
    withCompleteness({ markers: [] }),
    /^source "in" waits for the end markers of no feed: name the feeds .* or say markers: "none"$/,
  );
  refuses(
    withCompleteness({ markers: ["a", "b", "a"] }),
    /names the feed "a" twice in its markers/,
  );
});

test("a source that waits for upstream tasks, of what is no repartition, is refused", () => {
  refuses(
    withCompleteness({ markers: "upstream-tasks" }),
    /^source "in" waits for the markers of upstream tasks, but topic "topic-in" is not a repartit/,
  );
});

test("a source without markers needs a slice, a grace and an idle timeout that make sense", () => {
  const none = { markers: "none", sliceMs: 1000, graceMs: 0, idleTimeoutMs: 1 } as const;
  withCompleteness(none)();
  refuses(withCompleteness({ ...none, sliceMs: 0 }), /^source "in": sliceMs is 0/);
  refuses(withCompleteness({ ...none, graceMs: -1 }), /^source "in": graceMs is -1/);
  refuses(withCompleteness({ ...none, idleTimeoutMs: 0 }), /^source "in": idleTimeoutMs is 0/);
});

/** A stream whose key was changed, in a topology with a store of each kind. */
function rekeyed() {
  const topology = builder()
    .store({ kind: "key-value", name: "table" })
    .store(window("rows"))
    .store(window("changes"));
  const stream = topology.source("in", from("t")).via(
    "key",
    selectKey((text) => text),
  );
  return { topology, stream };
}

const ALL_STORES = ["table", "rows", "changes"];
const intoNumbers = { topic: "out", serialize: valueSerializer(jsonSerde<number>()) };
const count = () =>
  aggregate({
    store: "table",
    serde: jsonSerde<number>(),
    initial: () => 0,
    add: (_key, _value: string, total) => total + 1,
  });

test("a step that groups by a key which was changed on the way is refused without a repartition", () => {
  const message = (name: string) =>
    new RegExp(
      `^node "${name}" groups rows by key, but "key" has changed their keys: put a repart`,
    );
  refuses(() => {
    const { topology, stream } = rekeyed();
    stream.via("between", same()).via("count", count(), ALL_STORES).to("out", intoNumbers);
    topology.build();
  }, message("count"));
  refuses(() => {
    const { topology, stream } = rekeyed();
    const held = suppress({ store: "rows", serde: utf8Serde, until: "close" });
    stream.via("between", same()).via("hold", held, ALL_STORES).to("out", into("out"));
    topology.build();
  }, message("hold"));
  refuses(() => {
    const { topology, stream } = rekeyed();
    const table = topology.source("other", from("t-2"));
    const find = lookup({ store: "table", serde: utf8Serde, join: (a: string, b) => a + b });
    topology.join("find", { stream, table }, find, ALL_STORES).to("out", into("out"));
    topology.build();
  }, message("find"));
});

test("a step may group by a changed key after a repartition, and a co-group by keys of its own", () => {
  const { topology, stream } = rekeyed();
  stream
    .repartition("by-key", through("by-key"))
    .via("count", count(), ["table"])
    .to("out", intoNumbers);
  const grouped = coGroup<{ stream: Rows<string> }, Rows<string>>({
    rows: "rows",
    changes: "changes",
    open: () => {
      throw new Error("not called");
    },
  });
  topology.join("group", { stream }, grouped, ["rows", "changes"]).to("out-2", into("out-2"));
  assert.equal(topology.build().subTopologies.length, 2);
});
