import { auditLake } from "../audit/audit.ts";
import { auditText } from "../audit/audit-text.ts";
import { parseStamp } from "../gdelt/feeds.ts";
import { ConfigError } from "../record/errors.ts";
import { withLake } from "./lake-reader.ts";
import { parseArguments } from "./parse-arguments.ts";

/** `gdelt-streams audit`: 0 when everything adds up, 1 when something does not. */
export async function runAudit(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const { data, slice, slices = false, json = false } = values;
  if (data === undefined || positionals.length > 0) {
    throw new ConfigError("usage: gdelt-streams audit --data <folder> [--slice <stamp>] [--json]");
  }
  const sliceMs = slice === undefined ? null : parseStamp(slice);
  if (slice !== undefined && sliceMs === null) {
    throw new ConfigError(`--slice takes a stamp, YYYYMMDDHHMMSS, not "${slice}"`);
  }
  return await withLake(data, async (lake) => {
    const report = await auditLake(lake, sliceMs);
    if (slice !== undefined && report.slices.length === 0) {
      throw new ConfigError(`nothing was ever published or declared of slice ${slice}`);
    }
    const bySlice = slices || sliceMs !== null;
    const text = json
      ? `${JSON.stringify(report)}\n`
      : auditText(report, bySlice ? "slice" : "date");
    process.stdout.write(text);
    return report.adds_up ? 0 : 1;
  });
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      slice: { type: "string" },
      slices: { type: "boolean" },
      json: { type: "boolean" },
    },
  });
