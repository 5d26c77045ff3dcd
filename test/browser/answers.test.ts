import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { withoutChromium } from "./chromium.ts";
import { ANSWERS, DEAD_LETTERS, EVENT } from "./staged-answers.ts";
import { stagedPages } from "./staged-pages.ts";
import { toldOf } from "./staged-state.ts";

const skip = withoutChromium();
const { stage, look } = stagedPages();

async function find(page: Page, id: string): Promise<void> {
  await page.locator("#event").fill(id);
  await page.keyboard.press("Enter");
}

describe("what is asked for", { skip }, () => {
  test("an event tells its sentence and its story", async () => {
    const page = await look(await stage(ANSWERS));
    await find(page, String(EVENT.id));
    const story = page.locator("#story");
    await story.waitFor();
    const text = await story.innerText();
    assert.ok(text.includes(EVENT.sentence));
    assert.match(text, /1_3 of StreamThread-2 in replica-1/);
    assert.match(text, /WAITING.*2026-01-01 12:00.*SILVER_COMPLETE.*mention joined/s);
    await story.getByText("Mentions (2)").click();
    await story.locator("summary", { hasText: "https://other.example/b" }).click();
    const link = story.getByRole("link", { name: "https://other.example/b" });
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  });

  test("an event that nobody knows is not found, and says so", async () => {
    const page = await look(await stage());
    await find(page, "42");
    await page.getByText("Nobody here knows event 42").waitFor();
    assert.equal(await page.locator("#story .sentence").count(), 0);
  });

  test("a sentence leads to its event", async () => {
    const staged = await stage(ANSWERS);
    const page = await look(staged);
    staged.sentences.tell([toldOf(EVENT.id)]);
    await page.getByRole("button", { name: `event ${EVENT.id}` }).click();
    await page.locator("#story .sentence").waitFor();
  });

  test("dead letters have reasons, counts and samples; or are not served", async () => {
    const page = await look(await stage(ANSWERS));
    const letters = page.locator("#dead-letters");
    await letters.getByText("12.3K in all, by reason").waitFor();
    await letters.locator("summary").click();
    assert.match(
      await letters.innerText(),
      /58 fields where 61 are due.*gdelt\.events, partition 2/s,
    );
    assert.equal(await letters.locator("pre").textContent(), DEAD_LETTERS.samples[0]!.text);
    assert.equal(await letters.locator("pre b").count(), 0);
    const without = await look(await stage());
    await without.getByText("They are not served here").waitFor();
  });
});
