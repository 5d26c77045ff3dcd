import { constants, monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import type { MetricRegistry } from "./metric-registry.ts";

const NS_PER_SECOND = 1e9;
const US_PER_SECOND = 1e6;
/** How often the event loop is asked whether it is late, ms. */
const RESOLUTION_MS = 20;

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/** Event loop, heap and processor time of the thread it is made in; of the process in its main thread. */
export class MachineMetrics {
  readonly #registry: MetricRegistry;
  readonly #thread: string;
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>;
  readonly #pauses: PerformanceObserver;
  #threadCpuSeconds = 0;
  #processCpuSeconds = 0;

  constructor(registry: MetricRegistry, thread: string) {
    this.#registry = registry;
    this.#thread = thread;
    for (const kind of Object.values(GC_KINDS)) {
      registry.begin("nodejs_gc_duration_seconds", { thread, kind });
    }
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#pauses = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { detail } = entry as unknown as { readonly detail: { readonly kind: number } };
        const kind = GC_KINDS[detail.kind];
        if (kind === undefined) continue;
        registry.observe("nodejs_gc_duration_seconds", { thread, kind }, entry.duration / 1000);
      }
    });
    this.#pauses.observe({ entryTypes: ["gc"] });
  }

  /** Sets the values of this moment. */
  show(): void {
    const registry = this.#registry;
    const thread = this.#thread;
    const lateOf = (ns: number) => Math.max(0, ns - RESOLUTION_MS * 1e6) / NS_PER_SECOND;
    const p99 = this.#delay.count === 0 ? 0 : lateOf(this.#delay.percentile(99));
    const max = this.#delay.count === 0 ? 0 : lateOf(this.#delay.max);
    registry.set("nodejs_eventloop_lag_p99_seconds", { thread }, p99);
    registry.set("nodejs_eventloop_lag_max_seconds", { thread }, max);
    this.#delay.reset();
    const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
    registry.set("nodejs_heap_size_used_bytes", { thread }, heapUsed);
    registry.set("nodejs_heap_size_total_bytes", { thread }, heapTotal);
    registry.set("nodejs_external_memory_bytes", { thread }, external);
    const threadSeconds = secondsOf(process.threadCpuUsage());
    registry.inc(
      "gdelt_thread_cpu_seconds_total",
      { thread },
      Math.max(0, threadSeconds - this.#threadCpuSeconds),
    );
    this.#threadCpuSeconds = threadSeconds;
    if (isMainThread) this.#showProcess(rss);
  }

  #showProcess(rss: number): void {
    const registry = this.#registry;
    registry.set("process_resident_memory_bytes", {}, rss);
    registry.set("process_start_time_seconds", {}, performance.timeOrigin / 1000);
    const seconds = secondsOf(process.cpuUsage());
    registry.inc("process_cpu_seconds_total", {}, Math.max(0, seconds - this.#processCpuSeconds));
    this.#processCpuSeconds = seconds;
  }

  close(): void {
    this.#delay.disable();
    this.#pauses.disconnect();
  }
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / US_PER_SECOND;
