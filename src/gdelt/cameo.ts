import { CAMEO_COUNTRIES } from "./cameo-countries.ts";
import { CAMEO_VERBS } from "./cameo-verbs.ts";

/** A verb phrase with a second actor to follow, and as it stands without one. */
export interface EventPhrase {
  readonly withObject: string;
  readonly alone: string;
}

function phraseOf(verb: string): EventPhrase {
  const bar = verb.indexOf("|");
  // A verb that cannot do without an object gets one which says nothing.
  if (bar < 0) return { withObject: verb, alone: `${verb} someone` };
  return { withObject: verb.slice(0, bar) + verb.slice(bar + 1), alone: verb.slice(0, bar) };
}

const PHRASES: ReadonlyMap<string, EventPhrase> = new Map(
  Object.entries(CAMEO_VERBS).map(([code, verb]) => [code, phraseOf(verb)]),
);

const UNKNOWN_EVENT = phraseOf("interacted| with");

/**
 * What an event of this code is: an unknown detail counts as its base, an unknown base as its root,
 * anything else as an interaction. Codes are strings: `010` and `10` are different.
 */
export function eventPhrase(eventCode: string | null): EventPhrase {
  if (eventCode === null) return UNKNOWN_EVENT;
  return (
    PHRASES.get(eventCode) ??
    PHRASES.get(eventCode.slice(0, 3)) ??
    PHRASES.get(eventCode.slice(0, 2)) ??
    UNKNOWN_EVENT
  );
}

const QUAD_CLASSES = [
  "verbal cooperation",
  "material cooperation",
  "verbal conflict",
  "material conflict",
] as const;

export type QuadClassName = (typeof QUAD_CLASSES)[number];

/** Name of a QuadClass 1 to 4, or null. */
export const quadClassName = (quadClass: number): QuadClassName | null =>
  QUAD_CLASSES[quadClass - 1] ?? null;

/** CAMEO actor types as a group of people is called. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ["AGR", "farmers"],
  ["AMN", "Amnesty International"],
  ["BUS", "businesses"],
  ["COP", "police"],
  ["CRM", "criminals"],
  ["CVL", "civilians"],
  ["DEV", "development workers"],
  ["EDU", "educators"],
  ["ELI", "elites"],
  ["ENV", "environmentalists"],
  ["GOV", "the government"],
  ["GRP", "Greenpeace"],
  ["HLH", "health workers"],
  ["HRI", "human rights groups"],
  ["IGO", "an intergovernmental organization"],
  ["IMG", "an international armed group"],
  ["INS", "insurgents"],
  ["INT", "international parties"],
  ["IRC", "the Red Cross"],
  ["JUD", "the courts"],
  ["LAB", "workers"],
  ["LEG", "the legislature"],
  ["MED", "the media"],
  ["MIL", "the military"],
  ["MNC", "multinational companies"],
  ["MOD", "moderates"],
  ["NGM", "activists"],
  ["NGO", "non-governmental organizations"],
  ["OPP", "the opposition"],
  ["PKO", "peacekeepers"],
  ["PTY", "political parties"],
  ["RAD", "radicals"],
  ["REB", "rebels"],
  ["REF", "refugees"],
  ["SEP", "separatists"],
  ["SET", "settlers"],
  ["SPY", "the intelligence services"],
  ["UAF", "armed groups"],
  ["UIS", "unidentified state actors"],
  ["UNO", "the United Nations"],
]);

/**
 * Words for an actor that GDELT gives codes for but no name: "the government of France", "police
 * in Kenya", "rebels", "France"; null when the codes say nothing.
 */
export function actorWords(typeCode: string | null, countryCode: string | null): string | null {
  const role = typeCode === null ? undefined : ROLES.get(typeCode);
  const country = countryCode === null ? undefined : CAMEO_COUNTRIES.get(countryCode);
  if (role === undefined) return country ?? null;
  if (country === undefined) return role;
  return `${role} ${role.startsWith("the ") ? "of" : "in"} ${country}`;
}

/** Country names which take an article, by the bare name: "Netherlands" is "the Netherlands". */
const WITH_ARTICLE: ReadonlyMap<string, string> = new Map(
  [...CAMEO_COUNTRIES.values()]
    .filter((name) => name.startsWith("the "))
    .map((name) => [name.slice(4), name]),
);

/** A country's or region's name as it stands in a sentence. */
export const withArticle = (name: string): string => WITH_ARTICLE.get(name) ?? name;
