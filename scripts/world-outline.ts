import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Writes the outlines of the world for the map of the inspector's page, from Natural Earth's 1:110m as the
 * package `world-atlas` has it: `node scripts/world-outline.ts [--check]`. The paths are in
 * tenths of a degree, from the corner at 90° north, 180° west.
 */
const TENTHS = 10;
const WIDTH = 360 * TENTHS;
const TARGET = new URL("../src/inspector/page/world-outline.ts", import.meta.url);

type Ring = readonly number[];

interface Geometry {
  readonly type: "Polygon" | "MultiPolygon";
  readonly arcs: readonly (Ring | readonly Ring[])[];
}

/** What is read of TopoJSON: arcs of quantized steps, and objects made of arcs by number. */
interface Atlas {
  readonly transform: { readonly scale: [number, number]; readonly translate: [number, number] };
  readonly arcs: readonly (readonly [number, number][])[];
  readonly objects: {
    readonly countries: { readonly geometries: readonly Geometry[] };
    readonly land: { readonly geometries: readonly Geometry[] };
  };
}

type Point = readonly [x: number, y: number];

function arcsOf({ transform, arcs }: Atlas): Point[][] {
  const [scaleX, scaleY] = transform.scale;
  const [left, bottom] = transform.translate;
  return arcs.map((steps) => {
    let [x, y] = [0, 0];
    return steps.map(([dx, dy]): Point => {
      x += dx;
      y += dy;
      return [(x * scaleX + left + 180) * TENTHS, (90 - (y * scaleY + bottom)) * TENTHS];
    });
  });
}

const ringsOf = ({ type, arcs }: Geometry): Ring[] =>
  type === "Polygon" ? (arcs as Ring[]) : (arcs as Ring[][]).flat();

/** An arc by its number; one that is walked backwards has its complement. */
const points = (arcs: readonly Point[][], number: number): Point[] =>
  number >= 0 ? arcs[number]! : arcs[~number]!.toReversed();

/** What crosses the antimeridian comes apart there: each part begins behind a jump over the whole box. */
function partsOf(line: readonly Point[], isRing: boolean): (readonly Point[])[] {
  const cuts = line.flatMap(([x], i) =>
    i > 0 && Math.abs(x - line[i - 1]![0]) > WIDTH / 2 ? [i] : [],
  );
  if (cuts.length === 0) return [line];
  const first = cuts[0]!;
  // A ring may begin anywhere: so that none of its parts is cut by where that is.
  const turned = isRing ? [...line.slice(first), ...line.slice(1, first)] : line;
  const at = isRing
    ? [...cuts.map((cut) => cut - first), turned.length]
    : [0, ...cuts, line.length];
  return at.slice(1).map((end, i) => turned.slice(at[i], end));
}

/** In whole tenths; a point that is the same as the one before is left out. */
function pathOf(line: readonly Point[], end: "" | "z"): string {
  return partsOf(line, end === "z")
    .map((part) => {
      let [lastX, lastY] = [0, 0];
      const steps = part.map(([exactX, exactY], i) => {
        const [x, y] = [Math.round(exactX), Math.round(exactY)];
        const step = i === 0 ? `M${x} ${y}` : `l${x - lastX} ${y - lastY}`;
        const isSame = i > 0 && x === lastX && y === lastY;
        [lastX, lastY] = [x, y];
        return isSame ? "" : step;
      });
      return `${steps.join("")}${end}`.replaceAll(" -", "-");
    })
    .join("");
}

function outline(): string {
  const atlas = JSON.parse(
    readFileSync(fileURLToPath(import.meta.resolve("world-atlas/countries-110m.json")), "utf8"),
  ) as Atlas;
  const arcs = arcsOf(atlas);
  const land = atlas.objects.land.geometries
    .flatMap(ringsOf)
    .map((ring) =>
      pathOf(
        ring.flatMap((number) => points(arcs, number)),
        "z",
      ),
    )
    .join("");
  const shared = new Map<number, number>();
  for (const number of atlas.objects.countries.geometries.flatMap(ringsOf).flat()) {
    const arc = number >= 0 ? number : ~number;
    shared.set(arc, (shared.get(arc) ?? 0) + 1);
  }
  const borders = arcs
    .filter((_, number) => shared.get(number) === 2)
    .map((arc) => pathOf(arc, ""))
    .join("");
  return [
    "/*",
    " * Written by scripts/world-outline.ts from Natural Earth (public domain). Paths in a box of 3600 by 1800:",
    " * ten to the degree, from the corner at 90° north, 180° west.",
    " */",
    `export const LAND =\n  "${land}";`,
    "",
    `export const BORDERS =\n  "${borders}";`,
    "",
  ].join("\n");
}

const text = outline();
if (process.argv.includes("--check")) {
  if (readFileSync(TARGET, "utf8") !== text) {
    process.stderr.write("the outline is not current: node scripts/world-outline.ts\n");
    process.exitCode = 1;
  }
} else {
  writeFileSync(TARGET, text);
}
