import { stampOf } from "../../gdelt/feeds.ts";
import type { Document } from "./documents.ts";
import type { Random } from "./random.ts";
import { COUNTRIES, DEEDS, PLACES, type Place, ROLES } from "./vocabulary.ts";

const DAY_MS = 86_400_000;

/** Days between an event and the slice that reports it first, with their measured shares. */
const DATE_LAGS: readonly (readonly [days: number, share: number])[] = [
  [365, 0.0093],
  [7, 0.0072],
  [30, 0.0057],
  [1, 0.0034],
  [3650, 0.0002],
];

/** A row of the export file: 61 columns, with its newline. */
export function eventRow(random: Random, id: number, sliceMs: number, document: Document): string {
  const [code, quadClass, goldstein] = pickDeed(random);
  const first = random.chance(0.91) ? makeActor(random) : NO_ACTOR;
  const second = random.chance(0.75) || first === NO_ACTOR ? makeActor(random) : NO_ACTOR;
  const mentions = random.pick([1, 2, 2, 2, 4, 5, 6, 8, 10, 12]);
  const action = place(random, document, 0.97);
  const cells = [
    id,
    ...dateCells(sliceMs - lagDays(random) * DAY_MS),
    ...first,
    ...second,
    random.chance(0.62) ? 1 : 0,
    code,
    code.slice(0, 3),
    code.slice(0, 2),
    quadClass,
    goldstein,
    mentions,
    random.chance(0.93) ? 1 : Math.min(mentions, random.between(2, 4)),
    mentions,
    document.tones[0],
    ...geoCells(first === NO_ACTOR ? null : place(random, document, 0.97)),
    ...geoCells(second === NO_ACTOR ? null : place(random, document, 0.97)),
    ...geoCells(action),
    stampOf(sliceMs),
    document.identifier,
  ];
  return `${cells.join("\t")}\n`;
}

/** The first deeds are the frequent ones. */
const pickDeed = (random: Random) => DEEDS[Math.floor(DEEDS.length * random.next() ** 1.7)]!;

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

const NO_ACTOR: readonly string[] = Array(10).fill("");

/** Code, name, country, known group, ethnic group, two religions, three types. */
function makeActor(random: Random): readonly string[] {
  const form = random.next();
  if (form < 0.03) return ["IGOUNO", "UNITED NATIONS", "", "UNO", "", "", "", "IGO", "", ""];
  if (form < 0.05) return ["CHRCTH", "ARCHBISHOP", "", "", "", "CHR", "CTH", "", "", ""];
  const { name, cameo } = random.pick(COUNTRIES);
  if (form < 0.45) return [cameo, name.toUpperCase(), cameo, "", "", "", "", "", "", ""];
  const [role, title, ...types] = random.pick(ROLES);
  const nation = form < 0.75 ? cameo : "";
  const [type1 = "", type2 = "", type3 = ""] = types;
  return [`${nation}${role}`, title, nation, "", "", "", "", type1, type2, type3];
}

function place(random: Random, document: Document, share: number): Place | null {
  if (!random.chance(share)) return null;
  return random.pick(document.places.length > 0 ? document.places : PLACES);
}

const NOWHERE: readonly string[] = ["0", "", "", "", "", "", "", ""];

const geoCells = (at: Place | null): readonly string[] =>
  at
    ? [`${at.type}`, at.name, at.country, at.adm1, at.adm2, at.lat, at.long, at.featureId]
    : NOWHERE;
