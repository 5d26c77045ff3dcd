import { pino } from "pino";
import type { Clock } from "../../record/clock.ts";
import { hideSecrets } from "./hide-secrets.ts";

/** Takes what who operates the program should read: a sentence, and values beside it. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

type Fields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  /** Takes each line, its end included. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** Text for a person instead of JSON. */
  readonly pretty: boolean;
  /** Texts that are in no line, wherever they come from. */
  readonly secrets: readonly string[];
  /** What every line has. */
  readonly base: Fields;
}

/** JSON lines with `level`, `time`, `msg` and the fields. */
export function openLogger({ write, clock, pretty, secrets, base }: LoggerOptions): Logger {
  const redacted = hideSecrets(secrets);
  const logger = pino(
    {
      base: pretty ? {} : base,
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => write(pretty ? prettyLine(redacted(line)) : redacted(line)) },
  );
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

function prettyLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const values = Object.entries(fields).map(([name, value]) =>
    typeof value === "string" ? `${name}=${value}` : `${name}=${JSON.stringify(value)}`,
  );
  const mark = level === "info" ? "" : `${String(level).toUpperCase()} `;
  return `${String(time).slice(11, 23)} ${mark}${[msg, ...values].join("  ")}\n`;
}
