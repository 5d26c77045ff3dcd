import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** Another replica, or this one, as it can be asked. */
export interface Peer {
  /** By its address: `http://10.0.1.7:9470`. */
  readonly url: string;
  /** What it was called by whoever configured it; its certificate has to name this. */
  readonly name: string;
}

/** Who cannot be asked. */
export interface LostPeer {
  readonly url: string;
  readonly reason: string;
}

/** More replicas than share the work of any application. */
const PEERS_MAX = 64;
const TOO_MANY = `it is not asked: there are more than ${PEERS_MAX}`;

/**
 * Who is to be asked. A name may stand for many, as `tasks.<service>` does in a swarm: it is looked up
 * each time, since they come and go.
 */
export async function findPeers(
  urls: readonly string[],
): Promise<{ readonly peers: readonly Peer[]; readonly lost: readonly LostPeer[] }> {
  const found = new Map<string, Peer>();
  const lost: LostPeer[] = [];
  await Promise.all(
    urls.map(async (url) => {
      try {
        for (const peer of await behind(new URL(url))) found.set(peer.url, peer);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        lost.push({
          url: new URL(url).origin,
          reason: `the name is not known (${code ?? message})`,
        });
      }
    }),
  );
  const peers = [...found.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
  const beyond = peers.slice(PEERS_MAX).map(({ url }) => ({ url, reason: TOO_MANY }));
  return { peers: peers.slice(0, PEERS_MAX), lost: [...lost, ...beyond] };
}

async function behind({ protocol, hostname, port }: URL): Promise<readonly Peer[]> {
  const name = hostname.replace(/^\[|\]$/g, "");
  const addresses =
    isIP(name) === 0 ? await lookup(name, { all: true }) : [{ address: name, family: isIP(name) }];
  return addresses.map(({ address, family }) => ({
    url: `${protocol}//${family === 6 ? `[${address}]` : address}${port === "" ? "" : `:${port}`}`,
    name,
  }));
}
