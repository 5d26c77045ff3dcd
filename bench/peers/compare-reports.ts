import { existsSync, readFileSync } from "node:fs";
import { ConfigError } from "../../src/record/errors.ts";
import type { Figures } from "./measure.ts";
import type { Report } from "./report.ts";

/** By how much a figure may be worse before it is a loss, and not the weather. */
const TOLERANCE = 0.2;

/** What is ours, and must not get worse; what is a cost of these. */
const FIGURES: readonly (readonly [name: keyof Figures, isCost: boolean])[] = [
  ["rowsPerSecond", false],
  ["cpuSeconds", true],
  ["peakRssMb", true],
];

export function readReport(file: string): Report {
  if (!existsSync(file)) throw new ConfigError(`there is no ${file} to compare with`);
  return JSON.parse(readFileSync(file, "utf8")) as Report;
}

/**
 * What of ours is more than 20 % worse than it was, a line each. The same machine is meant, with the same
 * load; CPU seconds are of the whole load, so another number of slices is refused.
 */
export function compareReports(before: Report, now: Report): string[] {
  if (before.input.rows !== now.input.rows) {
    throw new ConfigError(
      `the result before is of ${before.input.rows} rows, this one of ${now.input.rows}: run it ` +
        `with --slices ${before.input.slices} --seed ${before.input.seed}`,
    );
  }
  const worse: string[] = [];
  for (const { name, figures, reason } of now.results) {
    const known = before.results.find((other) => other.name === name)?.figures;
    if (!name.startsWith("ours") || !known) continue;
    if (figures === null) {
      worse.push(`${name} has no number any more: ${reason}`);
      continue;
    }
    for (const [figure, isCost] of FIGURES) {
      const change = figures[figure] / known[figure] - 1;
      if ((isCost ? change : -change) <= TOLERANCE) continue;
      const percent = `${change > 0 ? "+" : ""}${Math.round(change * 100)} %`;
      worse.push(`${name}: ${figure} ${known[figure]} → ${figures[figure]} (${percent})`);
    }
  }
  return worse;
}
