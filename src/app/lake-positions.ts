import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import type { Log } from "../runtime/ports.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import type { Transaction } from "../sinks/delta/actions.ts";
import { loadConfiguration } from "./config/configuration.ts";
import { kafkaConnection } from "./config/kafka-connection.ts";
import { s3Access } from "./config/places.ts";
import { openLog } from "./log-place.ts";
import type { S3Access } from "./open-object-store.ts";
import { APPLICATION } from "./publishing.ts";
import { TABLES_GENERATION } from "./silver-runtime.ts";

/** The log that feeds a lake, open, and who reads it there. */
export interface FeedingLog {
  readonly log: Log;
  readonly application: string;
  /** Where its lake is, and how it is reached, if that is known. */
  readonly place: string | null;
  readonly access: S3Access;
}

/** Each of them names a log; at most one is given. */
export interface LogNames {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly kafka?: string | undefined;
}

/** null when none is named. @throws ConfigError when more than one is, or another process has it. */
export async function openFeedingLog(
  { config, data, kafka }: LogNames,
  clock: Clock,
): Promise<FeedingLog | null> {
  if ([config, data, kafka].filter((name) => name !== undefined).length > 1) {
    throw new ConfigError("--config, --data and --kafka each say which log: give one of them");
  }
  if (config !== undefined) {
    const { settings } = loadConfiguration({ file: config, environment: process.env });
    const place = { kind: "kafka", connection: kafkaConnection(settings) } as const;
    return {
      log: await openLog(place, clock),
      application: settings["application.id"],
      place: settings["lake.location"],
      access: s3Access(settings),
    };
  }
  const usual = { application: APPLICATION, place: data ?? null, access: {} };
  if (data !== undefined) {
    return { ...usual, log: await openLog({ kind: "folder", folder: data }, clock) };
  }
  if (kafka === undefined) return null;
  const connection = { brokers: kafka.split(",") };
  return { ...usual, log: await openLog({ kind: "kafka", connection }, clock) };
}

/** What the positions of a table are, held against the log. */
export interface PositionReport {
  /** What is wrong, one sentence each. */
  readonly findings: readonly string[];
  /** Offsets of the log that the table has still to come to. */
  readonly behind: number;
}

/**
 * Holds the positions of a table, read before, against the log that feeds it: none is past what the log
 * has, none before what it still has; at rest each is the end.
 */
export async function comparePositions(
  { log, application }: FeedingLog,
  { node, transactions }: { node: string; transactions: ReadonlyMap<string, Transaction> },
  isAtRest: boolean,
): Promise<PositionReport> {
  const topic = TOPICS.get(node)!;
  const partitions = await log.partitions(topic);
  const findings: string[] = [];
  let behind = 0;
  if (partitions === 0) findings.push(`it is fed from topic ${topic}, which the log does not have`);
  for (let partition = 0; partition < partitions; partition++) {
    const at = partitionName({ topic, partition });
    const name = `${application}/${TABLES_GENERATION}/${node}/${at}`;
    const position = transactions.get(name)?.version ?? null;
    // Asked after the table was read: what came since is behind, and not past the end.
    const { start, end } = await log.bounds({ topic, partition });
    const missing = end - (position ?? start);
    behind += Math.max(0, missing);
    const problem = problemOf({ position, start, end }, isAtRest);
    if (problem !== null) findings.push(`${at} ${problem}`);
  }
  return { findings, behind };
}

function problemOf(
  { position, start, end }: { position: number | null; start: number; end: number },
  isAtRest: boolean,
): string | null {
  const come = position === null ? "the table has none of it" : `the table is at ${position}`;
  if ((position ?? 0) > end) {
    return `ends at offset ${end}, and ${come}: its rows are of another log, or this one has lost rows`;
  }
  if ((position ?? 0) < start) {
    return `begins at offset ${start}, and ${come}: what was between is not in the log any more`;
  }
  if (!isAtRest || (position ?? 0) === end) return null;
  return `ends at offset ${end}, and ${come}: ${end - (position ?? 0)} offsets are still to come`;
}

/** What feeds each table, by the name of its node. */
const TOPICS: ReadonlyMap<string, string> = new Map(
  silverTopology({ ...SILVER_DEFAULTS, bronze: true, mart: false })
    .subTopologies.flatMap(({ nodes }) => nodes)
    .flatMap((node) => (node.kind === "table" ? [[node.name, node.topic] as const] : [])),
);
