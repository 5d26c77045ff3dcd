import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutChromium } from "./chromium.ts";
import { ANSWERS, EVENT } from "./staged-answers.ts";
import { stagedPages } from "./staged-pages.ts";
import { toldOf } from "./staged-state.ts";
import { violations } from "./violations.ts";

const skip = withoutChromium();
const { stage, look } = stagedPages();

describe("the page for everybody", { skip }, () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has nothing that axe finds fault with, ${colorScheme}`, async () => {
      const staged = await stage(ANSWERS);
      const page = await look(staged, { colorScheme, reducedMotion: "reduce" });
      staged.sentences.tell([toldOf(1), toldOf(2, { quad: 4 })]);
      await page.locator(".told li").first().waitFor();
      await page.locator("#event").fill(String(EVENT.id));
      await page.keyboard.press("Enter");
      await page.locator("#story .sentence").waitFor();
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      assert.deepEqual(await violations(page), []);
      await page.locator("#tasks .cell").first().click();
      await page.locator("#details h2").waitFor();
      assert.deepEqual(await violations(page), []);
    });
  }

  test("would be told of what axe finds", async () => {
    const page = await look(await stage());
    await page.evaluate(() => document.querySelector("h1")!.append(new Image()));
    assert.match((await violations(page)).join(), /image-alt/);
  });

  test("can be walked through with the tab key", async () => {
    const page = await look(await stage());
    const seen: string[] = [];
    for (let i = 0; i < 45; i++) {
      await page.keyboard.press("Tab");
      seen.push(await page.evaluate(() => document.activeElement?.closest("[id]")?.id ?? ""));
    }
    for (const id of ["header", "graph", "sentences", "event"]) {
      assert.ok(seen.includes(id), `no way to ${id} in ${seen}`);
    }
  });
});
