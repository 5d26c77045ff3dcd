import { BOX, MIDDLES, OUTLINES } from "./country-shapes.ts";

/** Of the box that everything is drawn in. */
export const [WIDTH, HEIGHT] = BOX;

const partsOf = (text: string): [code: string, value: string][] =>
  text.split("|").map((part) => part.split("=") as [string, string]);

/** Outlines by the country's code; an empty one is that of land whose country has none. */
export const SHAPES: readonly (readonly [code: string, path: string])[] = partsOf(OUTLINES);

/** Where a country is, small ones too. */
export const CENTRES: ReadonlyMap<string, readonly [x: number, y: number]> = new Map(
  partsOf(MIDDLES).map(([code, at]) => [code, at.split(" ").map(Number) as [number, number]]),
);
