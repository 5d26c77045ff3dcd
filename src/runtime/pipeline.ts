import { filter, type Observable, Subject, type Subscription, tap } from "rxjs";
import type { Batch } from "../operators/batch.ts";
import type { OperatorContext, SliceClose } from "../operators/operator.ts";
import type { RecordBatch } from "../record/record-batch.ts";
import type {
  Edge,
  ProcessorNode,
  SinkNode,
  SourceNode,
  SubTopology,
} from "../topology/topology.ts";

type AnyBatch = Batch<unknown>;

/** What a pipeline needs from its task. */
export interface PipelineHost {
  /** The context of a node, with its closes. */
  context(node: ProcessorNode, closes: Observable<SliceClose>): OperatorContext;
  /** Takes what reaches a sink. */
  emit(sink: SinkNode, batch: AnyBatch): void;
}

/**
 * The operators of one sub-topology, opened for one task and wired with RxJS. Strictly synchronous:
 * `push` and `close` return when everything they caused has happened, and throw what any operator
 * threw. RxJS alone would report such an error outside the task, whose offsets would be committed.
 * A pipeline that has failed is dead; the task rolls back and opens another.
 */
export class Pipeline {
  private readonly sources = new Map<string, (records: RecordBatch) => Float64Array>();
  private readonly outputs = new Map<string, Subject<AnyBatch>>();
  private readonly closes: Subject<SliceClose>[] = [];
  private readonly subscriptions: Subscription[] = [];
  private failure: { readonly cause: unknown } | null = null;

  constructor(subTopology: SubTopology, host: PipelineHost) {
    for (const node of subTopology.nodes) {
      if (node.kind === "source") this.openSource(node);
      else if (node.kind === "processor") this.openProcessor(node, host);
      else if (node.kind === "sink") this.openSink(node, host);
    }
  }

  private openSource(node: SourceNode): void {
    const output = new Subject<AnyBatch>();
    const deserialize = node.deserialize();
    this.outputs.set(node.name, output);
    this.sources.set(node.topic, (records) => {
      const batch = deserialize(records);
      output.next(batch);
      return batch.timestampsMs;
    });
  }

  private openProcessor(node: ProcessorNode, host: PipelineHost): void {
    const output = new Subject<AnyBatch>();
    const closes = new Subject<SliceClose>();
    this.outputs.set(node.name, output);
    this.closes.push(closes);
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([side, edge]) => [side, this.input(edge)]),
    );
    const run = node.operator(host.context(node, closes));
    this.subscribe(run(inputs).pipe(tap((batch) => output.next(batch))));
  }

  private openSink(node: SinkNode, host: PipelineHost): void {
    this.subscribe(this.input(node.input).pipe(tap((batch) => host.emit(node, batch))));
  }

  private input({ from, output }: Edge): Observable<AnyBatch> {
    return this.outputs.get(from)!.pipe(filter((batch) => batch.output === output));
  }

  /** The work is in `tap`: what a subscriber's own `next` throws reaches no error observer. */
  private subscribe(steps: Observable<unknown>): void {
    const error = (cause: unknown) => {
      this.failure ??= { cause };
    };
    this.subscriptions.push(steps.subscribe({ error }));
  }

  /** Sends records of a topic through; the event times of their rows. */
  push(records: RecordBatch): Float64Array {
    const timesMs = this.sources.get(records.topic)!(records);
    this.check();
    return timesMs;
  }

  /** Closes a slice in every operator, upstream first, so that each sees what the ones before emit. */
  close(close: SliceClose): void {
    for (const closes of this.closes) {
      closes.next(close);
      this.check();
    }
  }

  private check(): void {
    if (this.failure !== null) throw this.failure.cause;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }
}
