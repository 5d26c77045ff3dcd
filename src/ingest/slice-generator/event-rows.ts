import { stampOf } from "../../gdelt/feeds.ts";
import { type Actor, NO_ACTOR_CELLS } from "./actors.ts";
import { deedCells } from "./deeds.ts";
import type { Document } from "./documents.ts";
import type { Place } from "./nations.ts";
import type { Random } from "./random.ts";
import type { Deed } from "./stories.ts";

const DAY_MS = 86_400_000;

/** Days between an event and the slice that reports it first, with their measured shares. */
const DATE_LAGS: readonly (readonly [days: number, share: number])[] = [
  [365, 0.0093],
  [7, 0.0072],
  [30, 0.0057],
  [1, 0.0034],
  [3650, 0.0002],
];

export interface EventRowSpec {
  readonly id: number;
  readonly sliceMs: number;
  /** The first article to report it. */
  readonly document: Document;
  readonly deed: Deed;
}

/** A row of the export file: 61 columns, with its newline. Who did it, or to whom, may be unknown. */
export function eventRow(random: Random, { id, sliceMs, document, deed }: EventRowSpec): string {
  const actor1 = random.chance(0.92) ? deed.actor1 : null;
  const actor2 = random.chance(0.71) || actor1 === null ? deed.actor2 : null;
  const mentions = random.pick([1, 2, 2, 2, 4, 5, 6, 8, 10, 12]);
  const cells = [
    id,
    ...dateCells(sliceMs - lagDays(random) * DAY_MS),
    ...(actor1?.cells ?? NO_ACTOR_CELLS),
    ...(actor2?.cells ?? NO_ACTOR_CELLS),
    random.chance(0.62) ? 1 : 0,
    ...deedCells(deed.code),
    mentions,
    random.chance(0.93) ? 1 : Math.min(mentions, random.between(2, 4)),
    mentions,
    document.tones[0],
    ...geoCells(actorPlace(random, actor1, document)),
    ...geoCells(actorPlace(random, actor2, document)),
    ...geoCells(actionPlace(random, document)),
    stampOf(sliceMs),
    document.identifier,
  ];
  return `${cells.join("\t")}\n`;
}

function lagDays(random: Random): number {
  let left = random.next();
  for (const [days, share] of DATE_LAGS) {
    left -= share;
    if (left < 0) return days;
  }
  return 0;
}

/** SQLDATE, MonthYear, Year, FractionDate (GDELT counts months of 30 days). */
function dateCells(eventMs: number): string[] {
  const date = stampOf(eventMs).slice(0, 8);
  const year = date.slice(0, 4);
  const days = (Number(date.slice(4, 6)) - 1) * 30 + Number(date.slice(6));
  return [date, date.slice(0, 6), year, (Number(year) + days / 365).toFixed(4)];
}

/** In the actor's own country, where that is known. */
function actorPlace(random: Random, actor: Actor | null, { story }: Document): Place | null {
  if (actor === null || random.chance(0.03)) return null;
  const { nation } = actor;
  if (nation === null) return story.home;
  return random.chance(0.5) ? nation.centre : random.pick(nation.cities);
}

function actionPlace(random: Random, { story, places }: Document): Place | null {
  if (random.chance(0.03)) return null;
  return random.chance(0.6) || places.length === 0 ? story.home : random.pick(places);
}

const NOWHERE: readonly string[] = ["0", "", "", "", "", "", "", ""];

const geoCells = (at: Place | null): readonly string[] =>
  at
    ? [`${at.type}`, at.name, at.country, at.adm1, at.adm2, at.lat, at.long, at.featureId]
    : NOWHERE;
