import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PAGE_HEADERS } from "./security-headers.ts";

const FOLDER = path.join(import.meta.dirname, "..", "page");

/** Each page by its file. */
const PAGES: Readonly<Record<string, string>> = {
  "page.html": "/",
  "analysis/analysis.html": "/analysis",
};

/** A library that modules of the page import by its name: where browsers find it. */
const PREACT = { name: "preact", file: "preact.js" } as const;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

const compress = promisify(gzip);

/** A file as the browser gets it. */
export interface Asset {
  readonly contentType: string;
  readonly gzipped: Uint8Array;
  readonly plain: Uint8Array;
}

/** The files of the pages by their paths: `/`, `/analysis`, and what is below `/page/`. Loaded when first asked for. */
export class PageAssets {
  #loaded: Promise<ReadonlyMap<string, Asset>> | null = null;

  /** Whether a path is the page's, so that nothing secret is there. */
  static has(at: string): boolean {
    return Object.values(PAGES).includes(at) || at.startsWith("/page/");
  }

  async at(asked: string): Promise<Asset | undefined> {
    if (!PageAssets.has(asked)) return undefined;
    this.#loaded ??= load();
    return (await this.#loaded).get(asked);
  }

  async all(): Promise<ReadonlyMap<string, Asset>> {
    this.#loaded ??= load();
    return await this.#loaded;
  }
}

async function load(): Promise<ReadonlyMap<string, Asset>> {
  const files = (await readdir(FOLDER, { recursive: true })).filter((file) =>
    /\.(?:html|css|js|(?<!\.d\.)ts)$/.test(file),
  );
  const assets = files.map(async (file): Promise<[string, Asset]> => {
    const text = await readFile(path.join(FOLDER, file), "utf8");
    const page = PAGES[file];
    if (page !== undefined) return [page, await assetOf(text, ".html")];
    const isModule = /\.[jt]s$/.test(file);
    const name = file.replace(/\.ts$/, ".js");
    return [
      `/page/${name}`,
      await assetOf(isModule ? moduleOf(file, text) : text, path.extname(name)),
    ];
  });
  const preact = await readFile(fileURLToPath(import.meta.resolve(PREACT.name)), "utf8");
  const library = preact.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  return new Map([
    ...(await Promise.all(assets)),
    [`/page/${PREACT.file}`, await assetOf(library, ".js")],
  ]);
}

/**
 * A module for browsers: without types where it has some (a package is built without), and with
 * addresses for names.
 */
function moduleOf(file: string, text: string): string {
  const code = file.endsWith(".ts") ? stripTypeScriptTypes(text) : text;
  return code
    .replaceAll(/\bfrom "(\.\.?\/[^"]+)\.ts"/g, 'from "$1.js"')
    .replaceAll(`from "${PREACT.name}"`, `from "/page/${PREACT.file}"`);
}

async function assetOf(text: string, ending: string): Promise<Asset> {
  const plain = Buffer.from(text);
  return { contentType: TYPES[ending]!, plain, gzipped: await compress(plain, { level: 9 }) };
}

export function sendAsset(
  { contentType, gzipped, plain }: Asset,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const isGzip = /\bgzip\b/.test(String(headers["accept-encoding"] ?? ""));
  const body = isGzip ? gzipped : plain;
  response.writeHead(200, {
    ...PAGE_HEADERS,
    "content-type": contentType,
    "content-length": body.byteLength,
    ...(isGzip && { "content-encoding": "gzip" }),
  });
  response.end(method === "HEAD" ? undefined : body);
}
