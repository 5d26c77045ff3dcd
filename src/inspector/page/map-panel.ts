import { type ComponentChild, h } from "preact";
import type { ToldSentence } from "../sentence-ring.ts";
import { panelTitle } from "./elements.ts";
import type { Model } from "./model.ts";
import { count } from "./number-text.ts";
import { BORDERS, LAND } from "./world-outline.ts";

/** Of the canvas; the paths of the outline are in a box twice as large. */
const WIDTH = 1800;
const HEIGHT = 900;
const TO_DEGREES = WIDTH / 360;
const FROM_TENTHS = WIDTH / 3600;

const COUNTRIES_MAX = 8;

/** By colour and by shape: what is done is filled, what is said is not; conflict is a triangle. */
const QUADS = [
  { name: "verbal cooperation", mark: "○", isFilled: false, isTriangle: false },
  { name: "material cooperation", mark: "●", isFilled: true, isTriangle: false },
  { name: "verbal conflict", mark: "△", isFilled: false, isTriangle: true },
  { name: "material conflict", mark: "▲", isFilled: true, isTriangle: true },
] as const;

/** Where the events of the last hours took place. */
export function mapPanel({ told }: Model): ComponentChild {
  const { placed } = told;
  const places = Map.groupBy(placed, ({ country }) => country ?? "unknown");
  const most = [...places].sort(([, a], [, b]) => b.length - a.length).slice(0, COUNTRIES_MAX);
  return h(
    "div",
    { class: "map" },
    panelTitle(
      "map",
      "Where",
      h("span", { class: "quiet" }, `${count(placed.length)} events told here`),
    ),
    h("canvas", {
      width: WIDTH,
      height: HEIGHT,
      role: "img",
      "aria-label": `Map of the world with ${placed.length} events of the last hours`,
      ref: (canvas: HTMLCanvasElement | null) => canvas && draw(canvas, placed),
    }),
    h(
      "p",
      { class: "legend" },
      QUADS.map(({ name, mark }, i) =>
        h(
          "span",
          null,
          h("span", { class: `quad quad-${i + 1}`, "aria-hidden": "true" }, mark),
          ` ${name}`,
        ),
      ),
    ),
    h(
      "p",
      { class: "quiet" },
      most.length === 0
        ? "Most in: nowhere yet."
        : `Most in (FIPS codes): ${most.map(([country, of]) => `${country} ${of.length}`).join(", ")}.`,
    ),
  );
}

function draw(canvas: HTMLCanvasElement, placed: readonly ToldSentence[]): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const colour = (name: string) => resolved(`var(${name})`, canvas);
  context.clearRect(0, 0, WIDTH, HEIGHT);
  context.save();
  context.scale(FROM_TENTHS, FROM_TENTHS);
  context.fillStyle = colour("--land");
  context.fill(new Path2D(LAND));
  context.strokeStyle = colour("--border");
  context.lineWidth = 3;
  context.stroke(new Path2D(BORDERS));
  context.restore();
  context.lineWidth = 3;
  for (const [i, { isFilled, isTriangle }] of QUADS.entries()) {
    context.fillStyle = colour(`--quad-${i + 1}`);
    context.strokeStyle = context.fillStyle;
    context.beginPath();
    for (const { quad, lat, lon } of placed) {
      if (quad !== i + 1 || lat === null || lon === null) continue;
      const [x, y] = [(lon + 180) * TO_DEGREES, (90 - lat) * TO_DEGREES];
      if (isTriangle) triangle(context, x, y);
      else circle(context, x, y);
    }
    if (isFilled) context.fill();
    else context.stroke();
  }
}

function circle(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.moveTo(x + 8, y);
  context.arc(x, y, 8, 0, 2 * Math.PI);
}

function triangle(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.moveTo(x, y - 10);
  context.lineTo(x + 9, y + 7);
  context.lineTo(x - 9, y + 7);
  context.closePath();
}

/** A canvas knows no `light-dark()`: which of the two holds is told by a style that uses it. */
function resolved(value: string, canvas: HTMLCanvasElement): string {
  canvas.style.color = value;
  return getComputedStyle(canvas).color;
}
