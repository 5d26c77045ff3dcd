import { randomBytes } from "node:crypto";
import path from "node:path";
import {
  endpointVariable,
  givenEndpoint,
  instanceOf,
  SERVICES,
  type ServiceName,
} from "../../scripts/services/catalog.ts";
import { type OwnBucket, ownBucket } from "./own-bucket.ts";
import { type OwnDatabase, ownDatabase } from "./own-database.ts";
import { type OwnTopics, ownTopics } from "./own-topics.ts";

/** What a test file gets of each service: a part of it that is its own. */
interface Connections {
  readonly postgres: OwnDatabase;
  readonly kafka: OwnTopics;
  readonly kafka3: OwnTopics;
  readonly minio: OwnBucket;
}

/** `skip` goes into the options of every test that uses the connection. */
export type Found<C> =
  | { readonly connection: C; readonly skip: false }
  | { readonly connection: null; readonly skip: string };

const OPEN: {
  readonly [N in ServiceName]: (endpoint: string, own: string) => Promise<Connections[N]>;
} = { postgres: ownDatabase, kafka: ownTopics, kafka3: ownTopics, minio: ownBucket };

/**
 * A running service, which a suite names in `scripts/test.ts`; for a single file it is started by hand.
 * To be called once, at the top of a test file: every call makes a new database, bucket or prefix.
 * Without the service there is a reason to skip; in CI that throws, since a skip there proves nothing.
 */
export async function service<N extends ServiceName>(name: N): Promise<Found<Connections[N]>> {
  const endpoint = await endpointOf(name);
  if (endpoint !== null) return { connection: await OPEN[name](endpoint, ownName()), skip: false };
  const command = (await SERVICES[name].software.isInstalled()) ? "start" : "install";
  const skip = `no ${name}: npm run services -- ${command} ${name}, or set ${endpointVariable(name)}`;
  if (process.env["CI"] === "true") throw new Error(`${skip}; in CI nothing may be skipped`);
  return { connection: null, skip };
}

/** Where a service is, for who makes what is his own himself; null when it does not run. */
export async function endpointOf(name: ServiceName): Promise<string | null> {
  const given = givenEndpoint(name);
  if (given !== undefined) return given;
  const running = await instanceOf(name).running();
  return running === null ? null : SERVICES[name].endpoint(running.ports);
}

/** For databases, buckets and topics: says which file it was, and is nobody else's. */
function ownName(): string {
  const file = path.basename(process.argv[1] ?? "", ".test.ts");
  return `t-${file.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 30)}-${randomBytes(4).toString("hex")}`;
}
