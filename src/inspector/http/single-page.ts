import { createHash } from "node:crypto";
import type { Asset, PageAssets } from "./page-assets.ts";

/** `<` would begin a tag, whatever the text of a script means. */
const inScript = (text: string): string => text.replaceAll("<", "\\u003c");

const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const textOf = ({ plain }: Asset): string => Buffer.from(plain).toString();

/**
 * The page of the analysis as one file, with answers by their queries: it opens from any server, or from a
 * disk. Modules are in an import map, since from a disk a browser loads none by their addresses. The policy lets
 * run what is here and nothing else, and connects to nobody.
 */
export async function singlePage(
  assets: PageAssets,
  answers: Readonly<Record<string, unknown>>,
): Promise<string> {
  const all = await assets.all();
  const page = textOf(all.get("/analysis")!);
  const styles = [...page.matchAll(/<link rel="stylesheet" href="([^"]+)">/g)]
    .map(([, path]) => textOf(all.get(path!)!))
    .join("\n");
  const imports = Object.fromEntries(
    [...all]
      .filter(([path]) => path.endsWith(".js"))
      .map(([path, asset]) => [bareName(path), moduleAddress(path, textOf(asset))]),
  );
  const map = JSON.stringify({ imports });
  const start = `import "${bareName("/page/analysis/main.js")}";`;
  const policy =
    `default-src 'none'; script-src ${hashOf(map)} ${hashOf(start)} data:; ` +
    `style-src ${hashOf(styles)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<style>${styles}</style>`,
    `<script type="application/json" id="answers">${inScript(JSON.stringify(answers))}</script>`,
    `<script type="importmap">${map}</script>`,
    `<script type="module">${start}</script>`,
  ];
  return page
    .replace(/ *<link rel="stylesheet"[^>]*>\n/g, "")
    .replace(/<script type="module"[^>]*><\/script>/, () => head.join("\n    "));
}

/** What stands for the address of a module, in a page that has none. */
const bareName = (path: string): string => path.slice(1);

/** A module as an address of its own text; relative names mean nothing there. */
function moduleAddress(path: string, code: string): string {
  const named = code
    .replaceAll(/\bfrom "(\.\.?\/[^"]+)"/g, (_, name: string) => {
      return `from "${bareName(new URL(name, `file://${path}`).pathname)}"`;
    })
    .replaceAll(/\bfrom "\/([^"]+)"/g, 'from "$1"');
  return `data:text/javascript;base64,${Buffer.from(named).toString("base64")}`;
}
