import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { PageAssets } from "../../src/inspector/http/page-assets.ts";
import { singlePage } from "../../src/inspector/http/single-page.ts";
import { withoutChromium } from "./chromium.ts";
import { stagedAnalysis, stagedStory } from "./staged-analysis.ts";
import { stagedPages } from "./staged-pages.ts";
import { violations } from "./violations.ts";

const skip = withoutChromium();
const { stage, open } = stagedPages();

const ANSWERED = { "/analysis/answer": (query: URLSearchParams) => stagedAnalysis(query) };
const PHONE = { width: 390, height: 844 };

describe("the analysis for everybody", { skip }, () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has nothing that axe finds fault with, ${colorScheme}`, async () => {
      const staged = await stage(ANSWERED);
      const at = `${staged.url}/analysis?country=FRA&map=tone`;
      for (const options of [{ colorScheme }, { colorScheme, viewport: PHONE, locale: "ko-KR" }]) {
        const page = await open(at, ".stories li", options);
        assert.deepEqual(await violations(page), []);
      }
    });
  }

  test("can be walked through and filtered with the keyboard", async () => {
    const staged = await stage(ANSWERED);
    const page = await open(`${staged.url}/analysis?lang=en`, ".stories li");
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      seen.add(await page.evaluate(() => document.activeElement?.closest("[id]")?.id ?? ""));
    }
    for (const id of ["header", "filters", "world", "themes", "stories"]) {
      assert.ok(seen.has(id), `no way to ${id} in ${[...seen]}`);
    }
    await page.locator("#world td button", { hasText: "France" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).searchParams.get("country"), "FRA");
    await page.locator("input[name=theme]").fill("peace talks");
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).searchParams.get("theme"), "PEACE_TALKS");
  });

  test("opens from a disk, with what was exported and nothing else", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "analysis-"));
    try {
      const hostile = stagedStory(1, { sentence: "</script><script>window.hacked=1</script>" });
      const answers = Object.fromEntries(
        ["", "days=30", "country=FRA"].map((query) => [
          query,
          stagedAnalysis(new URLSearchParams(query), [hostile]),
        ]),
      );
      const file = path.join(folder, "index.html");
      await writeFile(file, await singlePage(new PageAssets(), answers));
      const page = await open(`${pathToFileURL(file)}?lang=en`, ".stories li");
      assert.match(await page.locator("#stories").innerText(), /<script>window\.hacked=1/);
      assert.equal(await page.evaluate(() => "hacked" in window), false);
      assert.equal(await page.getByRole("button", { name: "1 day" }).isDisabled(), true);
      await page.locator("select[name=country]").selectOption("FRA");
      await page.locator("#themes h2", { hasText: "France" }).waitFor();
      assert.deepEqual(await page.locator("select[name=country] option").allTextContents(), [
        "all countries",
        "France",
      ]);
      assert.deepEqual(await violations(page), []);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
