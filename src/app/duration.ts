import { ConfigError } from "../record/errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration as people write it: `500ms`, `10s`, `1.5h`; null: it is none. */
export function durationMs(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return number === undefined ? null : Number(number) * UNIT_MS[unit!]!;
}

/** The same of an argument. @throws ConfigError */
export function parseDuration(option: string, text: string): number {
  const ms = durationMs(text);
  if (ms !== null) return ms;
  throw new ConfigError(`--${option} takes a duration such as 500ms, 10s, 15m, not "${text}"`);
}
