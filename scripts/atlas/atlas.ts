import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Arcs by their numbers. */
export type Ring = readonly number[];

export interface Geometry {
  readonly type: "Polygon" | "MultiPolygon";
  readonly arcs: readonly (Ring | readonly Ring[])[];
  /** ISO 3166-1, three digits. */
  readonly id?: string;
  readonly properties: { readonly name: string };
}

/** What is read of TopoJSON: arcs of quantized steps, and objects made of arcs by number. */
interface Topology {
  readonly transform: { readonly scale: [number, number]; readonly translate: [number, number] };
  readonly arcs: readonly (readonly [number, number][])[];
  readonly objects: {
    readonly countries: { readonly geometries: readonly Geometry[] };
    readonly land: { readonly geometries: readonly Geometry[] };
  };
}

/** Tenths of a degree from the corner at 90° north, 180° west. */
export type Point = readonly [x: number, y: number];

const TENTHS = 10;
const WIDTH = 360 * TENTHS;

const FILES = {
  "50m": import.meta.resolve("world-atlas/countries-50m.json"),
  "110m": import.meta.resolve("world-atlas/countries-110m.json"),
} as const;

/** Natural Earth's outlines, as the package `world-atlas` has them. */
export class Atlas {
  readonly arcs: readonly (readonly Point[])[];
  readonly land: readonly Geometry[];
  readonly countries: readonly Geometry[];

  constructor(resolution: "50m" | "110m") {
    const topology = JSON.parse(readFileSync(fileURLToPath(FILES[resolution]), "utf8")) as Topology;
    this.arcs = arcsOf(topology);
    this.land = topology.objects.land.geometries;
    this.countries = topology.objects.countries.geometries;
  }

  /** The line of a ring. */
  line(ring: Ring): Point[] {
    return ring.flatMap((number) => points(this.arcs, number));
  }
}

function arcsOf({ transform, arcs }: Topology): Point[][] {
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

export const ringsOf = ({ type, arcs }: Geometry): Ring[] =>
  type === "Polygon" ? (arcs as Ring[]) : (arcs as Ring[][]).flat();

/** An arc by its number; one that is walked backwards has its complement. */
const points = (arcs: readonly (readonly Point[])[], number: number): readonly Point[] =>
  number >= 0 ? arcs[number]! : arcs[~number]!.toReversed();

/** What crosses the antimeridian comes apart there: each part begins behind a jump over the whole box. */
export function partsOf(line: readonly Point[], isRing: boolean): (readonly Point[])[] {
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
export function pathOf(line: readonly Point[], end: "" | "z"): string {
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
