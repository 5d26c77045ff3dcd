import type { FeedEvent } from "../../ingest/feed/feed-event.ts";
import type { ListenAddress } from "../../inspector/http/listen-address.ts";
import { MachineMetrics } from "../../inspector/metrics/machine-metrics.ts";
import { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import type { Clock } from "../../record/clock.ts";
import { FeedMetrics } from "./feed-metrics.ts";
import { InspectedProcess } from "./inspected-process.ts";
import { type OpenInspector, openInspector, startInspectorSettings } from "./open-inspector.ts";
import { replicaName } from "./replica-name.ts";

export interface FeedInspectorOptions {
  readonly address: ListenAddress | "off";
  readonly application: string;
  readonly version: string;
  /** The feeds that are followed. */
  readonly streams: readonly string[];
  readonly complain: (message: string) => void;
}

/** The inspector of a `feed`: what the producer tells. It runs no tasks, so it has no topology. */
export class FeedInspector {
  readonly #machine: MachineMetrics;
  readonly #feed: FeedMetrics;
  readonly #inspected: InspectedProcess;
  readonly #server: OpenInspector | null;

  private constructor(
    machine: MachineMetrics,
    feed: FeedMetrics,
    inspected: InspectedProcess,
    server: OpenInspector | null,
  ) {
    this.#machine = machine;
    this.#feed = feed;
    this.#inspected = inspected;
    this.#server = server;
  }

  /** Listens. @throws ConfigError when it cannot. */
  static async open(options: FeedInspectorOptions, clock: Clock): Promise<FeedInspector> {
    const { address, application, version, streams, complain } = options;
    const settings = startInspectorSettings(address);
    const registry = new MetricRegistry("start");
    const machine = new MachineMetrics(registry, "main");
    const inspected = new InspectedProcess({
      ...{ application, version, registry, replica: replicaName(null) },
      hasKafkaNames: settings["inspector.metrics.kafka-streams-names"],
      refresh: () => machine.show(),
    });
    try {
      const places = () => [];
      const others = { clock, places, goldUrl: null, complain };
      const server = await openInspector(inspected, settings, others);
      return new FeedInspector(machine, new FeedMetrics(registry, streams), inspected, server);
    } catch (error) {
      machine.close();
      throw error;
    }
  }

  /** null: nobody listens. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  /** The log is open, and the feed is followed from now on. */
  runs(): void {
    this.#inspected.is("RUNNING");
  }

  take(event: FeedEvent): void {
    this.#feed.take(event);
  }

  async close(): Promise<void> {
    this.#machine.close();
    await this.#server?.close();
  }
}
