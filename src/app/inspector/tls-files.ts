import { readFileSync, unwatchFile, watchFile } from "node:fs";
import type { TlsPair } from "../../inspector/http/tls-pair.ts";
import { ConfigError } from "../../record/errors.ts";

/** Certificates are renewed days before they end. */
const LOOK_MS = 60_000;

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** @throws ConfigError when one cannot be read. */
export const readTls = ({ cert, key }: TlsFiles): TlsPair => ({
  cert: readPem("inspector.tls.cert", cert),
  key: readPem("inspector.tls.key", key),
});

/** @throws ConfigError */
export function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`${option}: ${file} cannot be read (${(cause as Error).message})`, {
      cause,
    });
  }
}

/**
 * Tells of the pair whenever one of its files has changed; what ends it. Of two files that are written
 * one after the other the first alone does not fit: what is wrong then is told, and the next change
 * mends it.
 */
export function watchTls(
  files: TlsFiles,
  take: (pair: TlsPair) => void,
  complain: (error: Error) => void,
  lookMs = LOOK_MS,
): () => void {
  const look = () => {
    try {
      take(readTls(files));
    } catch (error) {
      complain(error as Error);
    }
  };
  for (const file of [files.cert, files.key]) {
    watchFile(file, { interval: lookMs, persistent: false }, look);
  }
  return () => {
    for (const file of [files.cert, files.key]) unwatchFile(file, look);
  };
}
