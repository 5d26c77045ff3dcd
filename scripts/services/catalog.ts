import path from "node:path";
import { instancesFolder } from "./folders.ts";
import { Instance } from "./instance.ts";
import { kafkaCluster } from "./kafka.ts";
import { minio } from "./minio.ts";
import { postgres } from "./postgres.ts";
import type { Service } from "./service.ts";

export const SERVICES = {
  postgres,
  kafka: kafkaCluster(1),
  kafka3: kafkaCluster(3),
  minio,
} satisfies Readonly<Record<string, Service>>;

export type ServiceName = keyof typeof SERVICES;

/** The instance that everybody on this machine shares. */
export const instanceOf = (name: ServiceName): Instance =>
  new Instance(path.join(instancesFolder(), name));

/** The variable that names a server to use instead of one of ours. */
export const endpointVariable = (name: ServiceName): string =>
  `GDELT_STREAMS_${name.toUpperCase()}`;

export const givenEndpoint = (name: ServiceName): string | undefined =>
  process.env[endpointVariable(name)];
