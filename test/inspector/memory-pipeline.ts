import { ThreadReporter } from "../../src/app/inspector/thread-reporter.ts";
import type { MetricSnapshot } from "../../src/inspector/metrics/metric-registry.ts";
import type { RunnerStatus } from "../../src/runtime/runner-status.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { FIRST_MS, MemoryApplication } from "./memory-application.ts";

/** The Silver topology in memory, with a clock that stands still, and what it reports. */
export class MemoryPipeline {
  readonly reporter: ThreadReporter;
  nowMs = FIRST_MS;
  readonly clock = { nowMs: () => this.nowMs };
  application!: MemoryApplication;
  thread!: StreamThread;

  private constructor() {
    this.reporter = new ThreadReporter(this.clock, "main");
  }

  static async open(partitions: number): Promise<MemoryPipeline> {
    const pipeline = new MemoryPipeline();
    const application = await MemoryApplication.open(partitions, pipeline.clock);
    const config = application.config((event) => pipeline.reporter.take(event));
    pipeline.application = application;
    pipeline.thread = await openStreams(config, application.topics);
    pipeline.reporter.attach(application.topology, pipeline.thread);
    return pipeline;
  }

  get topology(): Topology {
    return this.application.topology;
  }

  /** Publishes the next slice; its stamp. */
  publish(): Promise<number> {
    return this.application.publish();
  }

  /** What the thread reports, taken from the round that follows. */
  async report(): Promise<{ metrics: readonly MetricSnapshot[]; tasks: readonly RunnerStatus[] }> {
    const report = this.reporter.report();
    await this.thread.runOnce();
    return await report;
  }
}
