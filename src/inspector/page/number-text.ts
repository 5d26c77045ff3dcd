/** Numbers as a person reads them at a glance. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export const NONE = "–";

export const count = (value: number): string =>
  value < 10_000 ? whole.format(value) : short.format(value);

export const rate = (value: number | null): string =>
  value === null ? NONE : `${value > 0 && value < 1 ? "<1" : count(Math.round(value))}/s`;

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

export function bytes(value: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(value || 1) / 3)));
  const amount = value / 1000 ** power;
  return `${amount >= 100 || power === 0 ? amount.toFixed(0) : amount.toFixed(1)} ${UNITS[power]}`;
}

export const percent = (share: number | null): string =>
  share === null ? NONE : `${(share * 100).toFixed(1)} %`;

export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return NONE;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${count(Math.round(seconds / 86_400))} days`;
}

/** Of seconds since the epoch, UTC as all stamps of slices are. */
export const instant = (seconds: number | null): string =>
  seconds === null || !Number.isFinite(seconds) || Math.abs(seconds) > 8.64e12
    ? NONE
    : new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

export const timeOfDay = (seconds: number): string => instant(seconds).slice(11);

/** A time as answers have it. */
export const when = (at: string | null): string =>
  at === null ? NONE : at.slice(0, 19).replace("T", " ");
