import type { GatheredState } from "../../src/inspector/peers/gathering.ts";
import type { ToldSentence } from "../../src/inspector/sentence-ring.ts";
import type { StateView, TaskView } from "../../src/inspector/state-view.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import type { SubTopology } from "../../src/topology/topology.ts";
import { topologyHash } from "../../src/topology/topology-hash.ts";

const TOPOLOGY = silverTopology({ ...SILVER_DEFAULTS, mart: true });
const HASH = topologyHash(TOPOLOGY);
const SLICE = Date.UTC(2026, 0, 1, 12) / 1000;

export interface Staged {
  readonly replicas: number;
  /** Of each replica. */
  readonly tasks: number;
  /** How far all have come: what is read, and when that is said. */
  readonly turn: number;
}

/** An application of so many replicas, which read ever on and are well. */
export function stagedState({ replicas, tasks, turn }: Staged): GatheredState {
  const names = Array.from({ length: replicas }, (_, i) => `replica-${i + 1}`);
  return {
    at: SLICE + 2 * turn,
    application: "gdelt-silver",
    topologies: [{ hash: HASH, version: "1.0.0", replicas: names }],
    instances: names.map((replica, i) => instance(replica, i * tasks, tasks, turn)),
  };
}

function instance(replica: string, first: number, tasks: number, turn: number): StateView {
  return {
    at: SLICE + 2 * turn,
    ...{ replica, url: null, version: "1.0.0", hash: HASH, state: "RUNNING", reason: null },
    problems: [],
    threads: [
      {
        ...{ name: "StreamThread-1", state: "RUNNING", at: SLICE + 2 * turn },
        tasks: Array.from({ length: tasks }, (_, i) => task(first + i, turn)),
      },
    ],
  };
}

function task(number: number, turn: number): TaskView {
  const subs = TOPOLOGY.subTopologies;
  const sub = subs[number % subs.length]!;
  const partition = Math.floor(number / subs.length);
  return {
    id: `${sub.id}_${partition}`,
    isTable: sub.nodes[0]!.kind === "table",
    state: "RUNNING",
    inputs: inputsOf(sub).map(({ node, topic }) => {
      const position = 1000 * turn + number;
      return {
        ...{ node, topic, partition, position, end: position },
        ...{ lagRecords: 0, lagSeconds: 0, watermark: SLICE + 900 * turn, rate: 10 + turn },
      };
    }),
    streamTime: SLICE + 900 * turn,
    stores: sub.stores.map(({ name }) => ({
      ...{ name, entries: 1000 + turn, bytes: 2_000_000, residentBytes: 1_000_000 },
    })),
    counts: {},
    restoreLeftBytes: 0,
  };
}

const inputsOf = ({ nodes }: SubTopology): { node: string; topic: string }[] =>
  nodes.flatMap((node) =>
    node.kind === "source" || node.kind === "table" ? [{ node: node.name, topic: node.topic }] : [],
  );

/** Told of an event at a place. */
export const toldOf = (id: number, of: Partial<ToldSentence> = {}): ToldSentence => ({
  id: String(id),
  slice: SLICE,
  sentence: `FRANCE consulted with ITALY in Rome, event ${id}`,
  url: `https://news.example/${id}`,
  ...{ tone: -1.5, goldstein: 2, quad: 1 },
  ...{ country: "IT", lat: 41.9, lon: 12.5 },
  ...of,
});
