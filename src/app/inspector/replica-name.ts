import { hostname } from "node:os";

/** What a process is called among those of its application: containers differ in their host. */
export const replicaName = (configured: string | null): string =>
  configured ?? `${hostname()}-${process.pid}`;
