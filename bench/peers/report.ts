import type { Result } from "./measure.ts";
import type { Ratio } from "./ratios.ts";

export interface Report {
  readonly machine: string;
  readonly load: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly input: {
    readonly slices: number;
    readonly seed: number;
    readonly rows: number;
    readonly mb: number;
    readonly records: number;
    readonly checksum: string;
  };
  readonly results: readonly Result[];
  readonly ratios: readonly Ratio[];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

const number = (value: number): string => value.toLocaleString("en-US");

/** The report for people. */
export function reportText({ machine, load, versions, input, results, ratios }: Report): string {
  const shown = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const head = [
    ...["contender", "rows/s", "MB/s", "seconds", "CPU s", "broker CPU s"],
    ...["peak RSS, MB", "through the broker, MB", "CPU s of others"],
  ];
  const rows = results.map(({ title, figures, reason }) => {
    if (figures === null) return [title, `none: ${oneLine(reason!)}`, ...Array(7).fill("")];
    const { rowsPerSecond, mbPerSecond, seconds, cpuSeconds, brokerCpuSeconds } = figures;
    const { peakRssMb, brokerMb, othersCpuSeconds } = figures;
    return [
      title,
      ...[rowsPerSecond, mbPerSecond, seconds, cpuSeconds, brokerCpuSeconds].map(number),
      ...[peakRssMb, brokerMb, othersCpuSeconds].map(number),
    ];
  });
  const ratioRows = ratios.map(({ what, target, value, isMet, reason }) => [
    what,
    target,
    value === null ? `none: ${oneLine(reason!)}` : String(value),
    isMet === null ? "" : isMet ? "met" : "missed",
  ]);
  return [
    "# Side by side",
    `${machine}; load before: ${load.join(", ")}. ${shown.join(", ")}. Only ratios travel.`,
    `${input.slices} generated slices (seed ${input.seed}): ${number(input.rows)} rows, ` +
      `${number(input.mb)} MB. Every contender that has a number has written the ` +
      `${number(input.records)} records of the oracle (checksum ${input.checksum}). The start of a ` +
      "virtual machine or of Node is not counted.",
    table(head, rows),
    table(["ratio, ours to theirs", "target", "measured", ""], ratioRows),
    "",
  ].join("\n\n");
}

const oneLine = (text: string): string =>
  text.replaceAll(/\s+/g, " ").replaceAll("|", "/").slice(0, 160);

/** For a program: each ratio, or null with the reason. */
export const ratiosLine = (ratios: readonly Ratio[]): string =>
  JSON.stringify(
    Object.fromEntries(
      ratios.map(({ name, value, reason }) => [name, value === null ? { value, reason } : value]),
    ),
  );
