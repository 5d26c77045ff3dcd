import { readFileSync } from "node:fs";
import path from "node:path";
import type { TlsFiles } from "../../../src/app/inspector/tls-files.ts";
import type { TlsPair } from "../../../src/inspector/http/tls-pair.ts";

/** Made for tests, for `localhost` and 127.0.0.1; each vouches for itself, until 2100. */
export const certificateFiles = (name: "first" | "second"): TlsFiles => {
  const file = (what: string) =>
    path.join(import.meta.dirname, "certificates", `${name}.${what}.pem`);
  return { cert: file("cert"), key: file("key") };
};

export const certificate = (name: "first" | "second"): TlsPair => {
  const { cert, key } = certificateFiles(name);
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
};
