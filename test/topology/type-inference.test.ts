import { test } from "node:test";
import { aggregate } from "../../src/operators/aggregate.ts";
import type { Rows } from "../../src/operators/batch.ts";
import { branch } from "../../src/operators/branch.ts";
import { deadLetter } from "../../src/operators/dead-letter.ts";
import { filter } from "../../src/operators/filter.ts";
import { flatMap } from "../../src/operators/flat-map.ts";
import { joinWindow } from "../../src/operators/join-window.ts";
import { lookup } from "../../src/operators/lookup.ts";
import { map } from "../../src/operators/map.ts";
import { merge } from "../../src/operators/merge.ts";
import { selectKey } from "../../src/operators/select-key.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { suppress } from "../../src/operators/suppress.ts";
import { type Stream, TopologyBuilder } from "../../src/topology/topology-builder.ts";
import {
  undecodable,
  valueDeserializer,
  valueSerializer,
} from "../../src/topology/value-serdes.ts";

/** True only where A and B are one type: not where one of them is `any`. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the stream carries exactly values of type V. */
const carries =
  <V>() =>
  <R>(_stream: Stream<R>, _same: Same<R, Rows<V>>): void => {};

interface Event {
  readonly id: number;
  readonly place: string;
}
interface Mention {
  readonly event: number;
  readonly tone: number;
}

const eventSerde = jsonSerde<Event>();
const mentionSerde = jsonSerde<Mention>();
const spec = { rows: "rows", changes: "due", beforeMs: 0, afterMs: 0 } as const;

function open() {
  const topology = new TopologyBuilder();
  const source = <V>(name: string, serde: ReturnType<typeof jsonSerde<V>>) =>
    topology.source(name, {
      topic: name,
      deserialize: valueDeserializer(serde),
      completeness: { markers: [name] },
    });
  return {
    topology,
    events: source("events", eventSerde),
    mentions: source("mentions", mentionSerde),
    places: source("places", jsonSerde<string | null>()),
  };
}

test("what steps emit is inferred from what they are given, without a cast", () => {
  const { events } = open();
  carries<Event>()(events, true);
  carries<Event>()(events.via("good", deadLetter(undecodable)), true);
  carries<Event>()(
    events.via(
      "some",
      filter((event) => event.id > 0),
    ),
    true,
  );
  carries<string>()(
    events.via(
      "place",
      map((event) => event.place),
    ),
    true,
  );
  carries<string>()(
    events.via(
      "letters",
      flatMap((event) => [...event.place]),
    ),
    true,
  );
  carries<Event>()(
    events.via(
      "keyed",
      selectKey((event) => event.place),
    ),
    true,
  );
  const branches = events.via("split", branch({ here: (event) => event.place === "here" }));
  carries<Event>()(branches.output("here"), true);
  carries<Event>()(
    events.via(
      "last",
      suppress({ store: "held", serde: eventSerde, until: (event) => event.id > 9 }),
    ),
    true,
  );
  const counted = events.via(
    "count",
    aggregate({
      store: "counts",
      serde: jsonSerde<number>(),
      initial: () => 0,
      add: (key, event, total) => total + event.id + key.length,
    }),
  );
  carries<number>()(counted, true);
});

test("what joins emit is inferred from their sides, and optional sides may be undefined", () => {
  const { topology, events, mentions, places } = open();
  const inner = topology.join(
    "inner",
    { events, mentions },
    joinWindow({
      ...spec,
      primary: "events",
      sides: { events: { serde: eventSerde }, mentions: { serde: mentionSerde } },
      join: (values) => [values.events.place, values.mentions.tone] as const,
    }),
  );
  carries<readonly [string, number]>()(inner, true);
  const left = topology.join(
    "left",
    { events, mentions },
    joinWindow({
      ...spec,
      primary: "events",
      sides: { events: { serde: eventSerde }, mentions: { serde: mentionSerde, optional: true } },
      join: (values) => ({ id: values.events.id, tone: values.mentions?.tone }),
    }),
  );
  carries<{ id: number; tone: number | undefined }>()(left, true);
  const found = topology.join(
    "found",
    { stream: events, table: places },
    lookup({
      store: "t",
      serde: jsonSerde<string>(),
      join: (event: Event, at) => event.id + at.length,
    }),
  );
  carries<number>()(found, true);
  const maybe = topology.join(
    "maybe",
    { stream: events, table: places },
    lookup({ store: "t", serde: jsonSerde<string>(), optional: true, join: (_: Event, at) => at }),
  );
  carries<string | undefined>()(maybe, true);
  carries<Event>()(topology.join("both", { a: events, b: events }, merge()), true);
});

test("what does not fit is an error of the compiler", () => {
  const { topology, events, mentions } = open();
  const joined = joinWindow({
    ...spec,
    primary: "events",
    sides: { events: { serde: eventSerde }, mentions: { serde: mentionSerde, optional: true } },
    // @ts-expect-error: an optional side may be undefined
    join: (values) => values.mentions.tone,
  });
  // @ts-expect-error: a side is missing
  topology.join("missing", { events }, joined);
  // @ts-expect-error: the sides are confused
  topology.join("confused", { events: mentions, mentions: events }, joined);
  const positive = filter((mention: Mention) => mention.tone > 0);
  // @ts-expect-error: a step for mentions after a stream of events
  events.via("wrong", positive);
  // @ts-expect-error: a sink for mentions after a stream of events
  events.to("wrong-sink", { topic: "t", serialize: valueSerializer(mentionSerde) });
  const toPlace = map(({ place }: Event) => ({ place }));
  const fewer = events.via("fewer", toPlace);
  // @ts-expect-error: rows without an id are no events
  topology.join("fewer-joined", { events: fewer, mentions }, joined);
});
