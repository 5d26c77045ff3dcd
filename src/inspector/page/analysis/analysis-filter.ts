/** What may be asked of the analysis. */
export interface AnalysisFilter {
  /** News days, counted back from the last one. */
  readonly days: number;
  /** The last of them, as 2026-01-31; null: the newest that there is. */
  readonly to: string | null;
  /** Three letters. */
  readonly country: string | null;
  readonly theme: string | null;
}

export const DAYS_DEFAULT = 7;
export const DAYS_MAX = 92;

/** As GKG names themes. */
const THEME = /^[A-Z0-9_]{1,100}$/;
const COUNTRY = /^[A-Z]{3}$/;

/** What the query asks for, or what is wrong with it. */
export function analysisFilter(query: URLSearchParams): AnalysisFilter | string {
  const [days, to, country, theme] = ["days", "to", "country", "theme"].map(
    (name) => query.get(name) || null,
  ) as [string | null, string | null, string | null, string | null];
  const count = days === null ? DAYS_DEFAULT : Number(days);
  if (!Number.isInteger(count) || count < 1 || count > DAYS_MAX) {
    return `days is a whole number from 1 to ${DAYS_MAX}`;
  }
  if (to !== null && !isDay(to)) return "to is a day, as 2026-01-31";
  if (country !== null && !COUNTRY.test(country)) {
    return "country is three capital letters, as FRA";
  }
  if (theme !== null && !THEME.test(theme)) return "theme is a name as GKG has it, as TAX_DISEASE";
  return { days: count, to, country, theme };
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

/** The query that asks for it; what is usual is not said. */
export function filterQuery({ days, to, country, theme }: AnalysisFilter): string {
  const query = new URLSearchParams();
  if (days !== DAYS_DEFAULT) query.set("days", String(days));
  if (to !== null) query.set("to", to);
  if (country !== null) query.set("country", country);
  if (theme !== null) query.set("theme", theme);
  return query.toString();
}
