import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const root = path.join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(file, "utf8");

/** Rows lie in so many partitions: one of each kind for each of six replicas. */
export const PARTITIONS = 6;

/** Settings that differ from those of the swarm: what must be over in minutes, and is to be compared with a batch. */
const SETTINGS: Readonly<Record<string, string | number | boolean>> = {
  partitions: PARTITIONS,
  "feed.source": "/published",
  "feed.poll.interval": "500ms",
  "feed.missing.after": "1h",
  // The topics have every revision: so have the tables, as long as nobody compacts them.
  "upkeep.enabled": false,
  "session.timeout.ms": 10_000,
  "heartbeat.interval.ms": 1000,
  "shutdown.timeout.ms": 30_000,
  "transaction.timeout.ms": 20_000,
  "table.commit.interval.ms": 5000,
  "state.copies.max.mb": 256,
};

/** Nobody tells Prometheus here who runs where: there is no proxy of the socket. */
const PROMETHEUS = `global: { scrape_interval: 5s }
scrape_configs:
  - job_name: gdelt-streams
    authorization: { credentials_file: /run/secrets/inspector_token }
    dns_sd_configs: [{ names: [tasks.silver], type: A, port: 9470 }]
`;

/** Writes deploy/stack.yml with the override into a folder, with all that it names beside it. @returns the file */
export function writeLabStack(folder: string, replicas: number): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ["deploy", "dashboards"]) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  const file = path.join(folder, "deploy/stack.yml");
  const stack = parse(read(file), { merge: true, maxAliasCount: -1 });
  const override = parse(read(path.join(import.meta.dirname, "override.yml")), {
    merge: true,
    maxAliasCount: -1,
  });
  const scaled = { services: { silver: { deploy: { replicas } } } };
  const merged = merge(merge(stack, override), scaled) as Tree;
  writeFileSync(file, JSON.stringify(withUsed(merged), null, 1));
  writeFileSync(path.join(folder, "deploy/config/prometheus.yml"), PROMETHEUS);
  const settings = path.join(folder, "deploy/config/gdelt-streams.yaml");
  const kept = read(settings)
    .split("\n")
    .filter((line) => !(line.split(":")[0]! in SETTINGS));
  const own = Object.entries(SETTINGS).map(([name, value]) => `${name}: ${value}`);
  writeFileSync(settings, [...kept, ...own, ""].join("\n"));
  return file;
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Tables are merged, all else is replaced; null takes out. */
function merge(under: unknown, over: unknown): unknown {
  if (!isTree(under) || !isTree(over)) return over;
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(under[key], value);
  }
  return merged;
}

/** Without volumes, configs and secrets of services that were taken out. */
function withUsed(stack: Tree): Tree {
  const text = JSON.stringify(stack["services"]);
  const isUsed = (name: string) => text.includes(`"${name}"`) || text.includes(`"${name}:/`);
  const used = (kind: string) =>
    Object.fromEntries(Object.entries(stack[kind] as Tree).filter(([name]) => isUsed(name)));
  const kinds = ["volumes", "configs", "secrets"].map((kind) => [kind, used(kind)]);
  return { services: stack["services"], networks: stack["networks"], ...Object.fromEntries(kinds) };
}
