import fs from "node:fs";
import path from "node:path";
import { inflateRawSync } from "node:zlib";
import { parseStamp, stampOf } from "../src/gdelt/feeds.ts";

const HOUR_MS = 3_600_000;
/** Real ids advance by so many an hour, so that shifted mentions keep the age of their events. */
const IDS_PER_HOUR = 12_000;

interface Slice {
  readonly stamp: string;
  readonly events: string[][];
  readonly mentions: string[][];
  readonly gkg: string[][];
}

/** The rows of a zip with one entry that is not encrypted: enough for GDELT's. */
function rowsOf(file: string): string[][] {
  const zip = fs.readFileSync(file);
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const directory = zip.readUInt32LE(end + 16);
  const size = zip.readUInt32LE(directory + 20);
  const local = zip.readUInt32LE(directory + 42);
  const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const text = inflateRawSync(zip.subarray(from, from + size)).toString("latin1");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

function readSlices(folder: string): Slice[] {
  const names = fs.readdirSync(folder);
  const stamps = names
    .filter((name) => name.endsWith(".export.CSV.zip"))
    .map((n) => n.slice(0, 14));
  return stamps.sort().map((stamp) => ({
    stamp,
    events: rowsOf(path.join(folder, `${stamp}.export.CSV.zip`)),
    mentions: rowsOf(path.join(folder, `${stamp}.mentions.CSV.zip`)),
    gkg: rowsOf(path.join(folder, `${stamp}.gkg.csv.zip`)),
  }));
}

const shifted = (stamp: string, cycle: number, hours: number): string =>
  stampOf(parseStamp(stamp)! + cycle * hours * HOUR_MS);

const replaced = (row: string[], values: Readonly<Record<number, string>>): string => {
  const copy = row.slice();
  for (const [at, value] of Object.entries(values)) copy[Number(at)] = value;
  return copy.join("\t");
};

/**
 * Writes `count` slices (unpacked files, as GDELT names them), made of the real ones in `from` by
 * shifting stamps and ids, so that every event, mention and document is new: slice k is the real
 * slice k modulo their number, `hoursPerCycle` later each time round.
 */
export function writeAmplified(
  from: string,
  to: string,
  { count, hoursPerCycle = 1 }: { count: number; hoursPerCycle?: number },
): { rows: number; bytes: number } {
  const slices = readSlices(from);
  fs.mkdirSync(to, { recursive: true });
  let rows = 0;
  let bytes = 0;
  for (let k = 0; k < count; k++) {
    const slice = slices[k % slices.length]!;
    const cycle = Math.floor(k / slices.length);
    const id = (text: string) => String(Number(text) + cycle * hoursPerCycle * IDS_PER_HOUR);
    const time = (stamp: string) => shifted(stamp, cycle, hoursPerCycle);
    const files = {
      "export.CSV": slice.events.map((r) => replaced(r, { 0: id(r[0]!), 59: time(r[59]!) })),
      "mentions.CSV": slice.mentions.map((r) =>
        replaced(r, { 0: id(r[0]!), 1: time(r[1]!), 2: time(r[2]!), 5: `${r[5]}?s=${k}` }),
      ),
      "gkg.csv": slice.gkg.map((r) =>
        replaced(r, {
          0: `${time(slice.stamp)}-${r[0]!.split("-")[1]}`,
          1: time(slice.stamp),
          4: `${r[4]}?s=${k}`,
        }),
      ),
    };
    for (const [suffix, lines] of Object.entries(files)) {
      const content = Buffer.from(`${lines.join("\n")}\n`, "latin1");
      fs.writeFileSync(path.join(to, `${time(slice.stamp)}.${suffix}`), content);
      rows += lines.length;
      bytes += content.length;
    }
  }
  return { rows, bytes };
}
