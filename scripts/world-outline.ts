import { readFileSync, writeFileSync } from "node:fs";
import { Atlas, pathOf, ringsOf } from "./atlas/atlas.ts";

/**
 * Writes the outlines of the world for the map of the inspector's page, from Natural Earth's 1:110m as the
 * package `world-atlas` has it: `node scripts/world-outline.ts [--check]`. The paths are in
 * tenths of a degree, from the corner at 90° north, 180° west.
 */
const TARGET = new URL("../src/inspector/page/world-outline.ts", import.meta.url);

function outline(): string {
  const atlas = new Atlas("110m");
  const land = atlas.land
    .flatMap(ringsOf)
    .map((ring) => pathOf(atlas.line(ring), "z"))
    .join("");
  const shared = new Map<number, number>();
  for (const number of atlas.countries.flatMap(ringsOf).flat()) {
    const arc = number >= 0 ? number : ~number;
    shared.set(arc, (shared.get(arc) ?? 0) + 1);
  }
  const borders = atlas.arcs
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
