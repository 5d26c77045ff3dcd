import type { GraphLayout, PlacedEdge, PlacedNode } from "./graph-layout.ts";

/** Attributes and no style sheet: it is looked at where none is allowed, and pasted anywhere. */
const COLOURS = {
  ground: "#ffffff",
  line: "#8a94a3",
  text: "#1c2430",
  quiet: "#5a6675",
  topic: "#eef2f7",
  processor: "#ffffff",
  table: "#f3f7f1",
} as const;

const FONT = "ui-sans-serif, system-ui, sans-serif";
const NAME_MAX = 24;

/** A topology as a picture that stands for itself. */
export const graphSvg = ({ width, height, nodes, edges }: GraphLayout): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
      `height="${height}" font-family="${FONT}" role="img" aria-label="Topology">`,
    `<rect width="${width}" height="${height}" fill="${COLOURS.ground}"/>`,
    ...edges.map(edgeSvg),
    ...nodes.map(nodeSvg),
    "</svg>\n",
  ].join("\n");

const edgeSvg = ({ path, end: { x, y } }: PlacedEdge): string =>
  `<path d="${path}" fill="none" stroke="${COLOURS.line}" stroke-width="1.5"/>` +
  `<path d="M${x} ${y}l-7 -4v8z" fill="${COLOURS.line}"/>`;

function nodeSvg({ kind, name, subTopology, stores, x, y, width, height }: PlacedNode): string {
  const radius = kind === "topic" ? 23 : 6;
  const under = subTopology === null ? "topic" : `${kind} · ${subTopology}`;
  const below = stores.map((store, i) => text(x + 14, y + 57 + i * 17, `▤ ${store}`, 11));
  return [
    `<g><title>${escaped(name)}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" ` +
      `fill="${COLOURS[kind]}" stroke="${COLOURS.line}"/>`,
    text(x + 14, y + 20, shortened(name), 12.5, COLOURS.text),
    text(x + 14, y + 36, under, 11),
    ...below,
    "</g>",
  ].join("");
}

const text = (x: number, y: number, words: string, size: number, fill: string = COLOURS.quiet) =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}">${escaped(words)}</text>`;

const shortened = (name: string): string =>
  name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (found) => ENTITIES[found]!);
