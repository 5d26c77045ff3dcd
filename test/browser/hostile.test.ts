import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutChromium } from "./chromium.ts";
import { ANSWERS, AUDIT, DEAD_LETTERS, EVENT } from "./staged-answers.ts";
import { stagedPages } from "./staged-pages.ts";
import { toldOf } from "./staged-state.ts";

const skip = withoutChromium();
const { stage, look } = stagedPages();

const SCRIPT = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>";
const RIGHT_TO_LEFT = "\u202eمحمد \u2066<b>\u2069 שלום";

/** What one may find in the Internet, or may be found by. */
const HOSTILE = {
  ...ANSWERS,
  [`/events/${EVENT.id}`]: {
    ...EVENT,
    sentence: `${RIGHT_TO_LEFT} ${SCRIPT}`,
    event: {
      source_url: `javascript:window.hacked=1//${SCRIPT}`,
      lead_identifier: `https://evil.example/"${SCRIPT}`,
      actor1_name: RIGHT_TO_LEFT,
      themes: "T".repeat(1 << 20),
    },
    mentionCount: 1,
    mentions: [{ identifier: "data:text/html,<script>window.hacked=1</script>", [SCRIPT]: SCRIPT }],
  },
  [`/audit/${EVENT.id}`]: {
    ...AUDIT,
    steps: [{ at: SCRIPT, state: SCRIPT, reason: SCRIPT, where: SCRIPT }],
  },
  "/dead-letters": {
    ...DEAD_LETTERS,
    samples: [{ ...DEAD_LETTERS.samples[0], reason: SCRIPT, text: SCRIPT + "x".repeat(100_000) }],
  },
};

describe("text of the Internet", { skip }, () => {
  test("is text, whatever it says; and leads nowhere but into the web", async () => {
    const staged = await stage(HOSTILE);
    const page = await look(staged);
    staged.sentences.tell([
      toldOf(1, { sentence: `${SCRIPT}${"W".repeat(1 << 20)}`, url: "javascript:window.hacked=1" }),
      toldOf(2, { sentence: RIGHT_TO_LEFT, url: `https://evil.example/${SCRIPT}` }),
      toldOf(3, { sentence: SCRIPT, url: "https://[not an address", country: SCRIPT }),
    ]);
    await page.locator(".told li").nth(2).waitFor();
    await page.locator("#event").fill(String(EVENT.id));
    await page.keyboard.press("Enter");
    await page.locator("#story .sentence").waitFor();
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    assert.ok((await page.locator("#story").innerText()).includes(SCRIPT));
    const found = await page.evaluate(() => ({
      hacked: "hacked" in window,
      scripts: document.scripts.length,
      images: document.querySelectorAll("main img, main b").length,
      links: [...document.querySelectorAll<HTMLAnchorElement>("main a:not(svg a)")].map(
        ({ protocol, rel }) => `${protocol} ${rel}`,
      ),
      wide: document.documentElement.scrollWidth > innerWidth,
      long: Math.max(...[...document.querySelectorAll("dd")].map((dd) => dd.innerText.length)),
    }));
    assert.deepEqual([found.hacked, found.scripts, found.images, found.wide], [false, 1, 0, false]);
    assert.deepEqual([...new Set(found.links)], ["https: noopener noreferrer"]);
    assert.ok(found.links.length >= 2);
    assert.ok(found.long < 5000, `${found.long} characters in one place`);
  });
});
