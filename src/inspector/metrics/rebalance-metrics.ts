import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/** What a thread's group tells it, and how long it takes until everybody is at work again. */
export class RebalanceMetrics {
  readonly #registry: MetricRegistry;
  #sharedSinceMs: number | null = null;
  #openedSinceMs: number | null = null;

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
    for (const kind of ["rebalancing", "assigned", "lost"]) {
      registry.begin("gdelt_rebalances_total", { kind });
    }
    for (const kind of ["shared", "opened"]) {
      registry.begin("gdelt_rebalance_duration_seconds", { kind });
    }
  }

  take(event: RuntimeEvent, nowMs: number): void {
    if (event.kind === "thread-state") this.#entered(event.to, nowMs);
    if (event.kind !== "group") return;
    const { kind } = event.event;
    this.#registry.inc("gdelt_rebalances_total", { kind });
    if (kind === "rebalancing") this.#sharedSinceMs ??= nowMs;
    if (kind !== "assigned" || this.#sharedSinceMs === null) return;
    this.#observe("shared", nowMs - this.#sharedSinceMs);
    this.#sharedSinceMs = null;
  }

  #entered(state: string, nowMs: number): void {
    if (state === "PARTITIONS_REVOKED" || state === "PARTITIONS_ASSIGNED") {
      this.#openedSinceMs ??= nowMs;
    }
    if (state !== "RUNNING" || this.#openedSinceMs === null) return;
    this.#observe("opened", nowMs - this.#openedSinceMs);
    this.#openedSinceMs = null;
  }

  #observe(kind: string, ms: number): void {
    this.#registry.observe("gdelt_rebalance_duration_seconds", { kind }, ms / 1000);
  }
}
