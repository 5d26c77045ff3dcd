import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { boardFile } from "./dashboards/board-file.ts";
import { BOARDS } from "./dashboards/boards.ts";
import { rulesFile } from "./rules/rules-file.ts";

/**
 * Writes Grafana's boards and Prometheus' rules: `node scripts/dashboards.ts [--check]`; with `--check`
 * nothing is written, and it fails if something would be.
 */
const { check } = parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
const files = new Map([
  ...BOARDS.map((board): [string, string] => [
    path.join("dashboards", `${board.uid}.json`),
    boardFile(board),
  ]),
  [path.join("deploy", "prometheus", "rules.yml"), rulesFile()],
]);
for (const [file, text] of files) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (!check) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  process.stdout.write(`${file} ${check ? "is not current: npm run dashboards" : "written"}\n`);
  if (check) process.exitCode = 1;
}
