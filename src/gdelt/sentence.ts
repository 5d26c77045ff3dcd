import { actorWords, eventPhrase, withArticle } from "./cameo.ts";

/** What a sentence is made of. Every part may be missing. */
export interface SentenceInput {
  readonly actor1Name: string | null;
  /** Three-letter CAMEO country, used where there is no name. */
  readonly actor1CountryCode: string | null;
  /** CAMEO actor type ("GOV"), used where there is no name. */
  readonly actor1TypeCode: string | null;
  readonly actor2Name: string | null;
  readonly actor2CountryCode: string | null;
  readonly actor2TypeCode: string | null;
  readonly eventCode: string | null;
  /** ActionGeo_Fullname: "Berlin, Berlin, Germany". */
  readonly place: string | null;
  /** The source that is named. */
  readonly leadSource: string | null;
  /** Distinct sources, the named one among them. */
  readonly sourceCount: number;
  readonly tone: number | null;
  /** Themes, the most frequent first. */
  readonly themes: readonly string[];
}

/** A tone from this on is positive, one from minus this down negative, between them neutral. */
export const TONE_NEUTRAL_BELOW = 1;

const THEMES_MAX = 3;

/**
 * An event as one sentence: "FRANCE consulted with GERMANY in Berlin, Germany — reported by
 * bbc.co.uk and 4 other sources in a positive tone (+2.4), with themes PEACE_TALKS, DIPLOMACY."
 *
 * Names of actors stand as GDELT gives them, in capitals; an actor without a name is told by its
 * codes, one without codes is "someone". What nothing is known of is left out.
 */
export function sentence(input: SentenceInput): string {
  const subject =
    input.actor1Name ?? actorWords(input.actor1TypeCode, input.actor1CountryCode) ?? "someone";
  const object = input.actor2Name ?? actorWords(input.actor2TypeCode, input.actor2CountryCode);
  const phrase = eventPhrase(input.eventCode);
  let text = subject.charAt(0).toUpperCase() + subject.slice(1);
  text += object === null ? ` ${phrase.alone}` : ` ${phrase.withObject} ${object}`;
  if (input.place !== null) text += placeWords(input.place);
  return `${text}${reportWords(input)}${themeWords(input.themes)}.`;
}

/** What country names like "Bahamas, The" have at their end. */
const INVERSIONS: ReadonlySet<string> = new Set(["The", "Republic Of"]);

/**
 * A place without what it says twice: "Berlin, Berlin, Germany" is "Berlin, Germany"; a part like
 * "France (general)" or "(Cb11)" stands for an unknown district.
 */
function placeWords(fullname: string): string {
  let words = "";
  let kept = 0;
  const parts = fullname.split(", ");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const saysNothing = part === "" || part.includes("(") || INVERSIONS.has(part);
    if (saysNothing || parts.indexOf(part) < i) continue;
    words += kept++ === 0 ? part : `, ${part}`;
  }
  return kept === 0 ? "" : ` in ${kept === 1 ? withArticle(words) : words}`;
}

function reportWords({ leadSource, sourceCount, tone }: SentenceInput): string {
  const sources = sourceWords(leadSource, sourceCount);
  if (sources === "" && tone === null) return "";
  return ` — reported${sources}${tone === null ? "" : toneWords(tone)}`;
}

function sourceWords(leadSource: string | null, sourceCount: number): string {
  if (leadSource === null) {
    if (sourceCount === 0) return "";
    return sourceCount === 1 ? " by 1 source" : ` by ${sourceCount} sources`;
  }
  const others = sourceCount - 1;
  if (others <= 0) return ` by ${leadSource}`;
  return ` by ${leadSource} and ${others} other ${others === 1 ? "source" : "sources"}`;
}

function toneWords(tone: number): string {
  const tenths = Math.round(Math.abs(tone) * 10);
  const size = `${Math.floor(tenths / 10)}.${tenths % 10}`;
  const sign = tenths === 0 ? "" : tone < 0 ? "-" : "+";
  // By the number as it is shown, so that "1.0" is never neutral here and positive there.
  const isNeutral = tenths < TONE_NEUTRAL_BELOW * 10;
  const word = isNeutral ? "neutral" : tone < 0 ? "negative" : "positive";
  return ` in a ${word} tone (${sign}${size})`;
}

function themeWords(themes: readonly string[]): string {
  if (themes.length === 0) return "";
  const named = themes.length > THEMES_MAX ? themes.slice(0, THEMES_MAX) : themes;
  return `, with ${named.length === 1 ? "theme" : "themes"} ${named.join(", ")}`;
}
