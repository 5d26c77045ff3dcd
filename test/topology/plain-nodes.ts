import type { Rows } from "../../src/operators/batch.ts";
import { map } from "../../src/operators/map.ts";
import { utf8Serde } from "../../src/operators/serde.ts";
import type { StoreSpec } from "../../src/topology/topology.ts";
import type { SinkSpec, SourceSpec } from "../../src/topology/topology-builder.ts";
import { valueDeserializer, valueSerializer } from "../../src/topology/value-serdes.ts";

/** Parts of topologies whose rows do not matter: text in, the same text out. */
export const from = (topic: string): SourceSpec<Rows<string>> => ({
  topic,
  deserialize: valueDeserializer(utf8Serde),
  completeness: { markers: [topic] },
});

export const into = (topic: string): SinkSpec<Rows<string>> => ({
  topic,
  serialize: valueSerializer(utf8Serde),
});

export const through = (topic: string) => ({
  topic,
  serialize: valueSerializer(utf8Serde),
  deserialize: valueDeserializer(utf8Serde),
});

export const same = () => map((text: string) => text);

export const window = (name: string): StoreSpec => ({
  kind: "window",
  name,
  segmentMs: 1000,
});
