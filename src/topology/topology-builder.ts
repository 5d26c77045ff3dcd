import { MAIN } from "../operators/batch.ts";
import type { JoinOperator, Operator } from "../operators/operator.ts";
import { TopologyError } from "../record/errors.ts";
import { splitSubTopologies } from "./sub-topologies.ts";
import type {
  Completeness,
  DeadLetterTopic,
  Deserializer,
  Edge,
  Node,
  ProcessorNode,
  Serializer,
  StoreSpec,
  Topology,
} from "./topology.ts";
import { validate } from "./validate.ts";

export interface SourceSpec<R> {
  readonly topic: string;
  readonly deserialize: Deserializer<R>;
  readonly completeness: Completeness;
}

export interface SinkSpec<R> {
  readonly topic: string;
  readonly serialize: Serializer<R>;
}

export interface RepartitionSpec<R, B> {
  readonly topic: string;
  readonly serialize: Serializer<R>;
  readonly deserialize: Deserializer<B>;
}

/** A node while the topology is being built: successors are found at the end. */
type Draft = Omit<Node, "successors" | "predecessors"> & {
  readonly parents: readonly string[];
} & Record<string, unknown>;

/**
 * Describes a topology: named sources, steps, stores, repartitions and sinks. Nothing runs, and
 * nothing is named but by its author, since a name is where state and offsets are found again.
 */
export class TopologyBuilder {
  private readonly drafts: Draft[] = [];
  private readonly stores: StoreSpec[] = [];
  private readonly repartitionTopics: string[] = [];
  private deadLetterTopic: DeadLetterTopic | null = null;
  private built = false;

  /** A topic to read from. */
  source<R>(name: string, { topic, deserialize, completeness }: SourceSpec<R>): Stream<R> {
    this.add({ kind: "source", name, topic, deserialize, completeness, parents: [] });
    return new Stream(this, { from: name, output: MAIN });
  }

  /** Declares a store; the nodes which use it name it. */
  store(spec: StoreSpec): this {
    this.stores.push(spec);
    return this;
  }

  /** A step with several named inputs, e.g. `coGroup` or `merge`. */
  join<In, B>(
    name: string,
    inputs: { readonly [S in keyof In]: Stream<In[S]> },
    operator: JoinOperator<In, B>,
    stores: readonly string[] = [],
  ): Stream<B> {
    const edges: Record<string, Edge> = {};
    for (const [side, stream] of Object.entries<Stream<unknown>>(inputs)) {
      edges[side] = stream.edgeIn(this, name);
    }
    this.add({
      kind: "processor",
      name,
      inputs: edges,
      operator: operator as unknown as ProcessorNode["operator"],
      stores,
      parents: Object.values(edges).map((edge) => edge.from),
    });
    return new Stream(this, { from: name, output: MAIN });
  }

  /** Feeds a table outside the log from a topic; the application wires the table by its name. */
  table(name: string, topic: string): this {
    this.add({ kind: "table", name, topic, parents: [] });
    return this;
  }

  /** Where dead letters go, from every sub-topology. */
  deadLetters(to: DeadLetterTopic): this {
    this.deadLetterTopic = to;
    return this;
  }

  /** Validates and freezes the description. */
  build(): Topology {
    this.built = true;
    const nodes = this.drafts.map(({ parents, ...draft }): Node => {
      const successors = this.drafts.filter((other) =>
        other.parents.includes(draft["name"] as string),
      );
      return {
        ...draft,
        successors: successors.map((other) => other["name"] as string),
        predecessors: [...new Set(parents)],
      } as unknown as Node;
    });
    validate(nodes, this.stores, this.repartitionTopics, this.deadLetterTopic);
    return {
      subTopologies: splitSubTopologies(nodes, this.stores),
      deadLetters: this.deadLetterTopic,
      repartitionTopics: this.repartitionTopics,
    };
  }

  /** Used by `Stream`. */
  add(draft: Draft): void {
    if (this.built)
      throw new TopologyError(`the topology is built; ${draft["name"]} comes too late`);
    this.drafts.push(draft);
  }

  /** Used by `Stream`. */
  addRepartition(topic: string): void {
    this.repartitionTopics.push(topic);
  }
}

/** The rows which leave a node, while the topology is being described. */
export class Stream<R> {
  private readonly builder: TopologyBuilder;
  private readonly edge: Edge;
  /** Never there: it lets the compiler see that a stream of a type is one of its supertype only. */
  declare protected readonly rows: R;

  constructor(builder: TopologyBuilder, edge: Edge) {
    this.builder = builder;
    this.edge = edge;
  }

  /** Where the rows come from, for the node `reader`, which has to be of the same topology. */
  edgeIn(builder: TopologyBuilder, reader: string): Edge {
    if (builder === this.builder) return this.edge;
    throw new TopologyError(
      `${reader} reads from ${this.edge.from}, which is a node of another TopologyBuilder: ` +
        "declare both with one builder, or connect the two through a topic",
    );
  }

  /** One of several outputs of the node: a branch, or a table that a join emits. */
  output<B = R>(output: string): Stream<B> {
    return new Stream<B>(this.builder, { from: this.edge.from, output });
  }

  /** A step. */
  via<B>(name: string, operator: Operator<R, B>, stores: readonly string[] = []): Stream<B> {
    const one: JoinOperator<{ input: R }, B> = (context) => {
      const step = operator(context);
      return ({ input }) => input.pipe(step);
    };
    const join = Object.assign(one, { keys: operator.keys, split: operator.split });
    return this.builder.join<{ input: R }, B>(name, { input: this }, join, stores);
  }

  /** Ends in a topic; a row keeps the partition of its task. */
  to(name: string, { topic, serialize }: SinkSpec<R>): void {
    this.sink(name, topic, serialize as Serializer<unknown>, false);
  }

  /** Goes through a topic of the application's own, each row to the partition of its key. */
  repartition<B>(
    name: string,
    { topic, serialize, deserialize }: RepartitionSpec<R, B>,
  ): Stream<B> {
    this.builder.addRepartition(topic);
    this.sink(`${name}-sink`, topic, serialize as Serializer<unknown>, true);
    return this.builder.source(`${name}-source`, {
      topic,
      deserialize,
      completeness: { markers: "upstream-tasks" },
    });
  }

  private sink(name: string, topic: string, serialize: Serializer<unknown>, repartition: boolean) {
    const input = this.edge;
    this.builder.add({
      kind: "sink",
      name,
      topic,
      serialize,
      repartition,
      input,
      parents: [input.from],
    });
  }
}
