import { ConfigError } from "../record/errors.ts";

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/** Bytes of a size as Docker takes it, `512M`: units are powers of 1024. @throws ConfigError */
export function bytesOf(text: string): number {
  const [, count, unit = "b"] = /^(\d+(?:\.\d+)?)\s*([bkmg])?b?$/i.exec(text) ?? [];
  if (count !== undefined) return Math.floor(Number(count) * UNITS[unit.toLowerCase()]!);
  throw new ConfigError(`the stack has a size ${text}: write a number with K, M or G`);
}

/** The words of a command that is one text, as a shell would take them, without anything but quotes. */
export const shellWords = (text: string): string[] =>
  [...text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+))/g)].map(
    ([, double, single, plain]) => plain ?? single ?? double!.replaceAll(/\\(.)/g, "$1"),
  );
