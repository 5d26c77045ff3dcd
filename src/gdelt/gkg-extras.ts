import { RecordError } from "../record/errors.ts";
import { fieldText } from "./gkg-fields.ts";
import { NumberParser, PARSED } from "./parse-number.ts";

/** How a document which is not in English was translated. */
export interface Translation {
  /** ISO 639-2 code, e.g. "fra"; null where it is not given. */
  readonly sourceLanguage: string | null;
  readonly engine: string | null;
}

/** What the page itself says; null or empty where it says nothing. */
export interface Extras {
  readonly links: readonly string[];
  readonly authors: readonly string[];
  readonly publishedAt: Date | null;
  readonly title: string | null;
  readonly ampUrl: string | null;
  readonly mobileUrl: string | null;
}

/** `srclc:fra;eng:Moses 2.1.1 / …`; null when the field is empty, as it is for English. */
export function parseTranslation(
  bytes: Uint8Array,
  start: number,
  end: number,
): Translation | null {
  const text = fieldText(bytes, start, end);
  if (text === "") return null;
  const [, sourceLanguage = null] = /(?:^|;)srclc:([^;]*)/.exec(text) ?? [];
  const [, engine = null] = /(?:^|;)eng:(.*)$/.exec(text) ?? [];
  return { sourceLanguage, engine };
}

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Pages hold lone `&` as well ("S&P"): what is no entity stays as it is. */
function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

function element(xml: string, name: string): string | null {
  const from = xml.indexOf(`<${name}>`);
  if (from < 0) return null;
  const to = xml.indexOf(`</${name}>`, from);
  if (to < 0) throw new RecordError(`<${name}> is not closed in "${xml.slice(from, from + 100)}"`);
  return unescapeXml(xml.slice(from + name.length + 2, to));
}

const list = (text: string | null): readonly string[] =>
  text === null ? [] : text.split(";").filter((item) => item !== "");

function timeOf(stamp: string | null): Date | null {
  if (stamp === null || stamp === "") return null;
  const parser = new NumberParser();
  if (parser.stamp(Buffer.from(stamp), 0, stamp.length) !== PARSED) {
    throw new RecordError(`"${stamp}" is not a time YYYYMMDDHHMMSS`);
  }
  return new Date(parser.value);
}

/** Elements side by side without a root: `<PAGE_TITLE>…</PAGE_TITLE><PAGE_LINKS>…`. */
export function parseExtras(bytes: Uint8Array, start: number, end: number): Extras {
  const xml = fieldText(bytes, start, end);
  return {
    links: list(element(xml, "PAGE_LINKS")),
    authors: list(element(xml, "PAGE_AUTHORS")),
    publishedAt: timeOf(element(xml, "PAGE_PRECISEPUBTIMESTAMP")),
    title: element(xml, "PAGE_TITLE"),
    ampUrl: element(xml, "PAGE_ALTURL_AMP"),
    mobileUrl: element(xml, "PAGE_ALTURL_MOBILE"),
  };
}
