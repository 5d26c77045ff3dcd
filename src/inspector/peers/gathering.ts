import type { Clock } from "../../record/clock.ts";
import type { StateView } from "../state-view.ts";
import { askPeer, type PeerAccess, type PeerAnswer } from "./ask-peer.ts";
import { findPeers, type LostPeer, type Peer } from "./peer.ts";

/** How this process gathers what the others know. */
export interface PeersOptions extends PeerAccess {
  /** Inspectors of the application, this one among them or not. */
  readonly urls: readonly string[];
}

export interface GatheringOptions {
  readonly application: string;
  /** null: this process is all there is. */
  readonly peers: PeersOptions | null;
  readonly clock: Clock;
  /** How this process stands. */
  readonly self: () => Promise<StateView>;
}

/** A replica, and how it can be asked; null: it is this process, or out of reach. */
export interface Instance {
  readonly view: StateView;
  readonly peer: Peer | null;
}

/** `/topology/state`: the whole application. */
export interface GatheredState {
  readonly at: number;
  readonly application: string;
  /** What the replicas run; more than one while a version is rolled out. */
  readonly topologies: readonly {
    readonly hash: string;
    readonly version: string;
    readonly replicas: readonly string[];
  }[];
  readonly instances: readonly StateView[];
}

/** As long as this, whoever asks gets what was gathered for the one before. */
const KEPT_MS = 1000;

/** Peers that are asked at a time. */
const AT_ONCE = 16;

/** Asks all replicas how they stand, at most once a second for any number who want to know. */
export class Gathering {
  readonly #options: GatheringOptions;
  /** By address, who answered there last. */
  readonly #names = new Map<string, string>();
  #kept: { readonly atMs: number; readonly instances: Promise<readonly Instance[]> } | null = null;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** All replicas, by their names. */
  instances(): Promise<readonly Instance[]> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#kept === null || nowMs - this.#kept.atMs >= KEPT_MS) {
      this.#kept = { atMs: nowMs, instances: this.#gather() };
    }
    return this.#kept.instances;
  }

  async state(): Promise<GatheredState> {
    return this.#stateOf((await this.instances()).map(({ view }) => view));
  }

  /** In the same shape, of this process alone. */
  async own(): Promise<GatheredState> {
    return this.#stateOf([await this.#options.self()]);
  }

  /** What another replica says to a question for it alone. @throws Error when it does not answer. */
  async ask(peer: Peer, path: string): Promise<PeerAnswer> {
    const { peers } = this.#options;
    return await askPeer(peer, `${path}?self`, peers!);
  }

  async #gather(): Promise<readonly Instance[]> {
    const { peers, self } = this.#options;
    const own = { view: await self(), peer: null };
    if (peers === null) return [own];
    const found = await findPeers(peers.urls);
    const others = await atOnce(found.peers, AT_ONCE, (peer) => this.#instance(peer));
    const byName = new Map<string, Instance>([[own.view.replica, own]]);
    // Who has several addresses may be out of reach at some of them.
    const reached = others.filter(({ peer }) => peer !== null);
    for (const one of [...reached, ...others.filter(({ peer }) => peer === null)]) {
      if (!byName.has(one.view.replica)) byName.set(one.view.replica, one);
    }
    const lost = found.lost.map((one) => ({ view: unreachable(one, one.url), peer: null }));
    return [...byName.values(), ...lost].sort(byReplica);
  }

  async #instance(peer: Peer): Promise<Instance> {
    try {
      const { status, value } = await this.ask(peer, "/topology/state");
      if (status !== 200) throw new Error(`it answers with status ${status}`);
      const { application, instances } = (value ?? {}) as Partial<GatheredState>;
      const view = instances?.[0];
      if (view === undefined) throw new Error("it does not answer as an inspector does");
      if (application !== this.#options.application) {
        throw new Error(`it runs another application, ${application}`);
      }
      this.#names.set(peer.url, view.replica);
      // One of a version before this tells of no problems.
      const { problems = [] } = view as Partial<StateView>;
      return { view: { ...view, problems, url: view.url ?? peer.url }, peer };
    } catch (error) {
      const name = this.#names.get(peer.url) ?? new URL(peer.url).host;
      const reason = (error as Error).message;
      return { view: unreachable({ url: peer.url, reason }, name), peer: null };
    }
  }

  #stateOf(instances: readonly StateView[]): GatheredState {
    const known = instances.filter(({ hash }) => hash !== null);
    const same = Map.groupBy(known, ({ hash, version }) => `${hash} ${version}`);
    return {
      at: this.#options.clock.nowMs() / 1000,
      application: this.#options.application,
      topologies: [...same.values()].map((alike) => ({
        hash: alike[0]!.hash!,
        version: alike[0]!.version!,
        replicas: alike.map(({ replica }) => replica),
      })),
      instances,
    };
  }
}

const byReplica = ({ view: a }: Instance, { view: b }: Instance): number =>
  a.replica < b.replica ? -1 : 1;

const unreachable = ({ url, reason }: LostPeer, replica: string): StateView => ({
  ...{ at: null, replica, url, version: null, hash: null },
  state: "UNREACHABLE",
  reason,
  problems: [],
  threads: [],
});

/** Does so many at a time; what comes of them in their order. */
async function atOnce<T, R>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const workers = Array.from({ length: Math.min(count, items.length) }, async () => {
    for (const [at, item] of left) results[at] = await work(item);
  });
  await Promise.all(workers);
  return results;
}
