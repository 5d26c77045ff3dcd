import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { MIGRATIONS } from "../src/app/mart.ts";
import { version } from "../src/app/version.ts";
import { migrate } from "../src/sinks/postgres/migrations.ts";
import { openPglite } from "../src/sinks/postgres/pglite-database.ts";
import { martChanges } from "./contract/mart-changes.ts";
import { silverContract } from "./contract/silver-contract.ts";
import { CONTRACT_TABLES } from "./contract/silver-tables.ts";

/**
 * Writes what follows from the columns of Silver: the contract, and a migration of the mart for what
 * they have and its tables have not. `node scripts/contract.ts [--check]`; with `--check` nothing is
 * written, and it fails if something would be.
 */
const CONTRACT = "contracts/silver.odcs.yaml";

const { check } = parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
const files = new Map([[CONTRACT, silverContract(await version())]]);
const changes = await pendingChanges();
if (changes !== "") {
  const number = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql")).length + 1;
  const name = `${String(number).padStart(4, "0")}-silver-columns.sql`;
  files.set(path.join("migrations", name), `-- Written by scripts/contract.ts.\n\n${changes}`);
}
for (const [file, text] of files) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (!check) writeFileSync(file, text);
  process.stdout.write(
    `${file} ${check ? "is not current: node scripts/contract.ts" : "written"}\n`,
  );
  if (check) process.exitCode = 1;
}

/** What an empty mart lacks when it has all migrations. */
async function pendingChanges(): Promise<string> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), "contract-"));
  const lock = async () => ({ release: async () => {} });
  const database = await openPglite({ folder: path.join(scratch, "data"), lock });
  try {
    await migrate(database, MIGRATIONS);
    return await database.transaction((tx) => martChanges(tx, CONTRACT_TABLES));
  } finally {
    await database.close();
    await rm(scratch, { recursive: true });
  }
}
