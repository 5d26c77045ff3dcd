import { readFileSync, writeFileSync } from "node:fs";
import { Atlas, type Geometry, type Point, partsOf, pathOf, ringsOf } from "./atlas/atlas.ts";

/**
 * Writes the countries for the map of the analysis page, by their codes of three letters: their shapes from
 * Natural Earth's 1:110m, and from 1:50m, which has the small ones too, where each is:
 * `node scripts/country-shapes.ts [--check]`. The projection is Equal Earth, since areas are coloured.
 */
const TARGET = new URL("../src/inspector/page/analysis/country-shapes.ts", import.meta.url);

/** Of the box; what is south of it is Antarctica. */
const WIDTH = 2000;
const TOP_LATITUDE = 84;
const BOTTOM_LATITUDE = -57;

const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796] as const;

/** Equal Earth (Šavrič, Patterson, Jenny 2018), in radians. */
function equalEarth(longitude: number, latitude: number): Point {
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin(latitude));
  const [t2, t6] = [t ** 2, t ** 6];
  const x =
    (2 * Math.sqrt(3) * longitude * Math.cos(t)) /
    (3 * (9 * A4 * t6 * t2 + 7 * A3 * t6 + 3 * A2 * t2 + A1));
  return [x, t * (A1 + A2 * t2 + t6 * (A3 + A4 * t2))];
}

const RADIANS = Math.PI / 180;
const SCALE = WIDTH / 2 / equalEarth(Math.PI, 0)[0];
const yOf = (latitude: number): number => -equalEarth(0, latitude * RADIANS)[1] * SCALE;
const HEIGHT = Math.round(yOf(BOTTOM_LATITUDE) - yOf(TOP_LATITUDE));

function projected([x, y]: Point): Point {
  const [east, north] = equalEarth((x / 10 - 180) * RADIANS, (90 - y / 10) * RADIANS);
  return [WIDTH / 2 + east * SCALE, -north * SCALE - yOf(TOP_LATITUDE)];
}

/** Codes of three letters by those of two, which those of three digits lead to. */
const iso3 = new Map(
  readFileSync(new URL("../gold/seeds/iso_countries.csv", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => [line.slice(4, 6), line.slice(0, 3)]),
);

function codeOf({ id, properties }: Geometry): string | undefined {
  if (properties.name === "Kosovo") return "XKX";
  if (id === undefined) return undefined;
  return iso3.get(Intl.getCanonicalLocales(`und-${id}`)[0]!.slice("und-".length));
}

/** Twice the area within a line, and its centre of mass. */
function massOf(line: readonly Point[]): { readonly area: number; readonly centre: Point } {
  let [area, cx, cy] = [0, 0, 0];
  for (const [i, [x, y]] of line.entries()) {
    const [nextX, nextY] = line[(i + 1) % line.length]!;
    const cross = x * nextY - nextX * y;
    area += cross;
    cx += (x + nextX) * cross;
    cy += (y + nextY) * cross;
  }
  return { area: Math.abs(area), centre: [cx / (3 * area), cy / (3 * area)] };
}

const isAntarctic = (code: string): boolean => code === "ATA";

function shapes(): string[] {
  const atlas = new Atlas("110m");
  return atlas.countries.flatMap((country) => {
    const code = codeOf(country);
    if (code !== undefined && isAntarctic(code)) return [];
    const path = ringsOf(country)
      .flatMap((ring) => partsOf(atlas.line(ring), true))
      .map((part) => pathOf(part.map(projected), "z"))
      .join("");
    // Whose code nobody has is land without a name.
    return [`${code ?? ""}=${path}`];
  });
}

function centres(): string[] {
  const atlas = new Atlas("50m");
  return atlas.countries.flatMap((country) => {
    const code = codeOf(country);
    if (code === undefined || isAntarctic(code)) return [];
    const parts = ringsOf(country).flatMap((ring) => partsOf(atlas.line(ring), true));
    const masses = parts.map((part) => massOf(part.map(projected)));
    const { centre } = masses.reduce((most, mass) => (mass.area > most.area ? mass : most));
    return [`${code}=${centre.map(Math.round).join(" ")}`];
  });
}

const text = [
  "/*",
  " * Written by scripts/country-shapes.ts from Natural Earth (public domain), in the Equal Earth projection.",
  " * world-map.ts reads it: by the country's code its outline, and the middle of its largest part.",
  " */",
  `export const BOX = [${WIDTH}, ${HEIGHT}] as const;`,
  "",
  `export const OUTLINES =\n  "${shapes().join("|")}";`,
  "",
  `export const MIDDLES =\n  "${centres().join("|")}";`,
  "",
].join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    process.stderr.write("the shapes are not current: node scripts/country-shapes.ts\n");
    process.exitCode = 1;
  }
} else {
  writeFileSync(TARGET, text);
}
