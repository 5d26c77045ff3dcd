import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { withoutChromium } from "./chromium.ts";
import { stagedPages } from "./staged-pages.ts";

const skip = withoutChromium();
const { stage, look } = stagedPages();

/** Above it the browser calls a task of the main thread long. */
const LONG_MS = 50;

/** On a machine that has other things to do any single look may be held up: one of them must be good. */
const LOOKS = 6;
const LOOK_MS = 2100;

interface Watched {
  longTasks: number[];
}

/** Loads the page anew, and notes long tasks from before its first line. */
async function watched(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = window as unknown as Watched;
    watched.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.longTasks.push(duration);
    }).observe({ type: "longtask" });
  });
  await page.reload();
  await page.locator("#tasks .cell").nth(575).waitFor();
  await page.waitForTimeout(1000);
}

/** How long the longest task was, of those since it was asked last; 0: none was long. */
const longest = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const watched = window as unknown as Watched;
    return Math.max(0, ...watched.longTasks.splice(0));
  });

describe("an application of twelve replicas with 48 tasks each", { skip }, () => {
  test("holds up nobody: not while it is drawn, and not when it changes", async () => {
    const staged = await stage({}, { replicas: 12, tasks: 48 });
    const first: number[] = [];
    const later: number[] = [];
    const page = await look(staged);
    for (let i = 0; i < LOOKS && Math.min(...first, 1e9) >= LONG_MS; i++) {
      await watched(page);
      first.push(await longest(page));
    }
    const drawn = new Set<string>();
    for (let i = 0; i < LOOKS && Math.min(...later, 1e9) >= LONG_MS; i++) {
      await page.waitForTimeout(LOOK_MS);
      later.push(await longest(page));
      drawn.add(await page.locator("#vitals .value").first().innerText());
    }
    assert.ok(drawn.size > 0);
    assert.ok(Math.min(...first) < LONG_MS, `long tasks while drawing, in each look: ${first}`);
    assert.ok(Math.min(...later) < LONG_MS, `long tasks at every change: ${later}`);
    // It can fail.
    await page.evaluate(() => {
      setTimeout(() => {
        const endMs = performance.now() + 120;
        while (performance.now() < endMs);
      });
    });
    await page.waitForTimeout(500);
    assert.ok((await longest(page)) >= 100);
  });
});
