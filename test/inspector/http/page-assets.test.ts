import assert from "node:assert/strict";
import { test } from "node:test";
import { PageAssets } from "../../../src/inspector/http/page-assets.ts";

/** Of all pages; each takes little more than half of it. */
const BYTES_MAX = 150_000;

test("the pages are small, and whole: whatever a file of it asks for is there", async () => {
  const assets = await new PageAssets().all();
  const bytes = [...assets.values()].reduce((sum, { gzipped }) => sum + gzipped.byteLength, 0);
  assert.ok(bytes > 10_000 && bytes < BYTES_MAX, `${bytes} bytes`);
  const wanted = new Set<string>();
  for (const [at, { contentType, plain }] of assets) {
    const text = Buffer.from(plain).toString();
    if (contentType.startsWith("text/html")) {
      for (const [, path] of text.matchAll(/(?:src|href)="(\/[^"]*)"/g)) wanted.add(path!);
    } else if (contentType.startsWith("text/javascript")) {
      for (const [, path] of text.matchAll(/^(?:import|} from)[^"';]*"([^"]+)"/gm)) {
        wanted.add(new URL(path!, `http://inspector${at}`).pathname);
      }
    }
  }
  assert.ok(wanted.has("/page/main.js") && wanted.has("/page/preact.js") && wanted.size > 20);
  assert.deepEqual(
    [...wanted].filter((path) => !assets.has(path)),
    [],
  );
});

test("what the strict policy forbids is not in it", async () => {
  const assets = await new PageAssets().all();
  for (const page of ["/", "/analysis"]) {
    const html = Buffer.from(assets.get(page)!.plain).toString();
    assert.doesNotMatch(html, /<style|\bstyle=|\bon\w+=|<script(?![^>]* src=)/);
  }
  for (const [path, { plain }] of assets) {
    if (path === "/page/preact.js") continue;
    const text = Buffer.from(plain).toString();
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/, path);
  }
});
