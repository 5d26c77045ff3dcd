import { rm } from "node:fs/promises";
import { Instance } from "../../../scripts/services/instance.ts";
import type { InstanceState } from "../../../scripts/services/instance-state.ts";
import { proxiedKafkaCluster, proxyRoutes } from "../../../scripts/services/kafka.ts";
import { ownFolder } from "../../../scripts/services/own-instance.ts";
import { endProcess, thisProcess } from "../../../scripts/services/running-process.ts";
import { KafkaProxy } from "./kafka-proxy.ts";

const KILL_MS_MAX = 10_000;

/** A Kafka of one's own, with a proxy in front of each node, and nodes that can be killed. */
export class Brokers {
  readonly nodes: number;
  readonly proxies: readonly KafkaProxy[];
  readonly #folder: string;
  readonly #instance: Instance;
  #state: InstanceState;

  private constructor(
    nodes: number,
    folder: string,
    instance: Instance,
    state: InstanceState,
    proxies: readonly KafkaProxy[],
  ) {
    this.nodes = nodes;
    this.#folder = folder;
    this.#instance = instance;
    this.#state = state;
    this.proxies = proxies;
  }

  static async start(nodes: number): Promise<Brokers> {
    const folder = ownFolder(`kafka-chaos-${nodes}`);
    const instance = new Instance(folder);
    const state = await instance.start(proxiedKafkaCluster(nodes), await thisProcess());
    const proxies = await Promise.all(
      proxyRoutes(nodes, state.ports).map(({ listen, target }) =>
        KafkaProxy.listen(listen, target),
      ),
    );
    return new Brokers(nodes, folder, instance, state, proxies);
  }

  /** `host:port` of each node: as they are, or through their proxies. */
  addresses(way: "direct" | "proxied"): string[] {
    const { ports } = this.#state;
    return way === "direct"
      ? proxiedKafkaCluster(this.nodes).endpoint(ports).split(",")
      : proxyRoutes(this.nodes, ports).map(({ listen }) => `127.0.0.1:${listen}`);
  }

  /** `node` from 0. */
  async kill(node: number): Promise<void> {
    await endProcess(this.#state.servers[node]!, "SIGKILL", KILL_MS_MAX);
  }

  /** All nodes that were killed are up again when this returns, on the data they have left. */
  async restart(): Promise<void> {
    this.#state = await this.#instance.restart(proxiedKafkaCluster(this.nodes));
  }

  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.#instance.stop(await thisProcess());
    await this.#instance.discard();
    await rm(`${this.#folder}.lock`);
  }
}
