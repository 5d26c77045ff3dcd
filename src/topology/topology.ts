import type { Batch } from "../operators/batch.ts";
import type { DeadLetter, JoinOperator } from "../operators/operator.ts";
import type { Clock } from "../record/clock.ts";
import type { RecordBatch, Records } from "../record/record-batch.ts";
import type { KeyValueStoreSpec } from "../state/key-value-store.ts";
import type { WindowStoreSpec } from "../state/window-store.ts";

export type StoreSpec = WindowStoreSpec | KeyValueStoreSpec;

/**
 * Turns records into a batch, and says the event time of each row: that of its record, or what the
 * row itself says, NaN where that cannot be read. Opened once a task, so that it may reuse its buffers.
 */
export type Deserializer<R> = () => (records: RecordBatch) => Batch<R>;

/** What a serializer produces: records without their topic. */
export type OutgoingRecords = Omit<Records, "topic" | "control">;

/** Turns a batch into records, each for the partition it belongs to. */
export type Serializer<R> = (batch: Batch<R>, partitions: number) => Iterable<OutgoingRecords>;

/** How a task knows that a slice of an input is complete. */
export type Completeness =
  | {
      /** End markers of all of these feeds, in each partition. */
      readonly markers: readonly string[];
    }
  | { readonly markers: "upstream-tasks" }
  | {
      /**
       * None: a slice of `sliceMs` is complete once event time has passed its end by `graceMs`,
       * or nothing has come for `idleTimeoutMs` of wall-clock time while at the end of the topic.
       */
      readonly markers: "none";
      readonly sliceMs: number;
      readonly graceMs: number;
      readonly idleTimeoutMs: number;
    };

interface NodeBase {
  readonly name: string;
  /** Names of the nodes downstream. */
  readonly successors: readonly string[];
  readonly predecessors: readonly string[];
}

export interface SourceNode extends NodeBase {
  readonly kind: "source";
  readonly topic: string;
  readonly deserialize: Deserializer<unknown>;
  readonly completeness: Completeness;
}

/** Where an input of a processor comes from: a node, and which of its outputs. */
export interface Edge {
  readonly from: string;
  readonly output: string;
}

export interface ProcessorNode extends NodeBase {
  readonly kind: "processor";
  readonly inputs: Readonly<Record<string, Edge>>;
  readonly stores: readonly string[];
  readonly operator: JoinOperator<Record<string, unknown>, unknown>;
}

export interface SinkNode extends NodeBase {
  readonly kind: "sink";
  readonly input: Edge;
  readonly topic: string;
  readonly serialize: Serializer<unknown>;
  /** Rows go to another partition than the task's: end markers go to every partition. */
  readonly repartition: boolean;
}

/** A table outside the log, fed record by record from one topic; wired by the application. */
export interface TableNode extends NodeBase {
  readonly kind: "table";
  readonly topic: string;
}

export type Node = SourceNode | ProcessorNode | SinkNode | TableNode;

/** A connected part of the topology; its tasks are one for each partition of its inputs. */
export interface SubTopology {
  readonly id: number;
  /** Upstream before downstream. */
  readonly nodes: readonly Node[];
  readonly stores: readonly StoreSpec[];
}

/** Where dead letters go. */
export interface DeadLetterTopic {
  readonly topic: string;
  readonly serialize: (letters: readonly DeadLetter[], clock: Clock) => OutgoingRecords;
}

/** A validated description; nothing runs yet. */
export interface Topology {
  readonly subTopologies: readonly SubTopology[];
  readonly deadLetters: DeadLetterTopic | null;
  /** Topics between sub-topologies, made by the application itself. */
  readonly repartitionTopics: readonly string[];
}

export const topicsOf = (topology: Topology): { sources: string[]; sinks: string[] } => {
  const nodes = topology.subTopologies.flatMap((sub) => sub.nodes);
  const unique = (names: string[]) => [...new Set(names)];
  return {
    sources: unique(
      nodes.flatMap((n) => (n.kind === "source" || n.kind === "table" ? [n.topic] : [])),
    ),
    sinks: unique(nodes.flatMap((n) => (n.kind === "sink" ? [n.topic] : []))),
  };
};
