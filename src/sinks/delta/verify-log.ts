import { TaskCorruptedError } from "../../record/errors.ts";
import type { DeltaLog } from "./log.ts";
import { LogHistory } from "./log-history.ts";
import type { CheckpointAt, LogListing } from "./log-listing.ts";
import { Snapshot } from "./snapshot.ts";

/** What is wrong with the log of a table, one sentence each: see `verifyTable`. */
export async function logFindings(log: DeltaLog): Promise<string[]> {
  try {
    const history = await LogHistory.open(log);
    const findings = [...holes(history.listing), ...(await pointerFindings(log, history.listing))];
    // Behind a hole the table cannot be followed.
    if (findings.length === 0) findings.push(...(await walk(log, history)));
    return findings;
  } catch (error) {
    if (error instanceof TaskCorruptedError) return [error.message];
    throw error;
  }
}

function holes({ commits }: LogListing): string[] {
  return commits.slice(1).flatMap(({ version }, i) => {
    const before = commits[i]!.version;
    return version === before + 1 ? [] : [`no commit between version ${before} and ${version}`];
  });
}

/** A reader begins with the checkpoint that is pointed at. */
async function pointerFindings(log: DeltaLog, { checkpoints }: LogListing): Promise<string[]> {
  const last = await log.lastCheckpoint();
  // One that is newer than the listing was written since.
  const newest = checkpoints.at(-1)?.version ?? -1;
  const isThere = checkpoints.some(({ version }) => version === last?.version);
  if (last === null || isThere || last.version > newest) return [];
  return [`_last_checkpoint names version ${last.version}, of which there is no whole checkpoint`];
}

async function walk(log: DeltaLog, history: LogHistory): Promise<string[]> {
  const { table } = history;
  const newest = history.listing.checkpoints.at(-1);
  const findings: string[] = [];
  const compare = async () => {
    if (newest === undefined || table.version !== newest.version) return;
    findings.push(...(await checkpointFindings(log, newest, table)));
  };
  for await (const { version, actions } of history.commits()) {
    await compare();
    for (const { txn } of actions) {
      const before = txn && table.transactions.get(txn.appId)?.version;
      if (before !== undefined && txn!.version <= before) {
        findings.push(`version ${version}: ${txn!.appId} goes from ${before} to ${txn!.version}`);
      }
    }
  }
  await compare();
  return findings;
}

/** Whether the checkpoint says of the table what the commits up to there do. */
async function checkpointFindings(
  log: DeltaLog,
  at: CheckpointAt,
  table: Snapshot,
): Promise<string[]> {
  const said = new Snapshot(log.root);
  if (!(await log.checkpointInto(said, at))) return [];
  const statement = ({ files, transactions, metaData }: Snapshot) => [
    `metadata ${JSON.stringify(metaData.schemaString)}`,
    ...[...files.values()].map(({ path, size }) => `file ${path} of ${size} bytes`),
    ...[...transactions.values()].map(({ appId, version }) => `${appId} at ${version}`),
  ];
  const commits = statement(table);
  const checkpoint = statement(said);
  const inCommits = new Set(commits);
  const inCheckpoint = new Set(checkpoint);
  const missing = commits.filter((what) => !inCheckpoint.has(what));
  const extra = checkpoint.filter((what) => !inCommits.has(what));
  const from = `the checkpoint of version ${at.version}`;
  return [
    ...missing.map((what) => `${from} does not have ${what}`),
    ...extra.map((what) => `${from} has ${what}, the commits do not`),
  ];
}
