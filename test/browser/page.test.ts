import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PROBLEM_KINDS } from "../../src/inspector/problem.ts";
import { withoutChromium } from "./chromium.ts";
import { stagedPages } from "./staged-pages.ts";
import { toldOf } from "./staged-state.ts";

const skip = withoutChromium();

/** How long updates are watched: longer by hand than where every change waits for it. */
const WATCH_S = Number(process.env["GDELT_STREAMS_WATCH_SECONDS"] ?? 4);

const { stage, look } = stagedPages();

describe("the page of the inspector", { skip }, () => {
  test("draws the topology, with names, rates and health that are not colour alone", async () => {
    const page = await look(await stage());
    assert.equal(await page.locator("#graph a").count(), 27);
    const joins = page.locator("#graph a", { hasText: "complete-events" }).first();
    assert.match(
      (await joins.textContent())!,
      /^complete-events2 tasks · until \d\d:\d\d●event-ch/,
    );
    assert.match(await page.locator("#graph").innerHTML(), /\d+\/s/);
    assert.match(await page.locator("#header").innerText(), /gdelt-silver.*live.*2 × RUNNING/s);
    assert.equal(await page.locator("#tasks .cell").count(), 30);
  });

  test("shows what changes, for as long as it is watched", async () => {
    const page = await look(await stage());
    const value = page.locator("#vitals .value").first();
    const seen = new Set<string>();
    const untilMs = performance.now() + WATCH_S * 1000;
    while (performance.now() < untilMs || seen.size < 3) {
      seen.add(await value.innerText());
      await page.waitForTimeout(200);
      assert.ok(performance.now() < untilMs + 60_000, `it stands still at ${[...seen]}`);
    }
    assert.ok((await page.locator("#vitals .spark path").first().getAttribute("d"))!.length > 10);
  });

  test("tells the details of a node and of a task, by keyboard alone", async () => {
    const page = await look(await stage());
    await page.locator("#graph a", { hasText: "attribute-mentions" }).first().focus();
    await page.keyboard.press("Enter");
    const details = page.locator("#details");
    await details.locator("h2", { hasText: "attribute-mentions" }).waitFor();
    assert.match(await details.innerText(), /processor of sub-topology 0.*unattributed-mentions/s);
    await page.keyboard.press("Escape");
    await details.waitFor({ state: "hidden" });
    await page.locator("#tasks .cell", { hasText: "1_0" }).first().focus();
    await page.keyboard.press("Enter");
    await details.locator("h2", { hasText: "Task 1_0" }).waitFor();
    assert.match(
      await details.innerText(),
      /StreamThread-1 in replica-1.*gdelt\.events, partition 0/s,
    );
  });

  test("warns when replicas run different topologies, or do not answer", async () => {
    const staged = await stage();
    const page = await look(staged);
    assert.equal(await page.locator(".notice").count(), 0);
    const { state } = staged;
    staged.state = () => {
      const before = state();
      const [first, second] = before.instances;
      return {
        ...before,
        topologies: [
          { hash: "aaaabbbbcccc", version: "1.0.0", replicas: ["replica-1"] },
          { hash: "ddddeeeeffff", version: "1.1.0", replicas: ["replica-2"] },
        ],
        instances: [first!, { ...second!, state: "UNREACHABLE", reason: "refused", threads: [] }],
      };
    };
    await page.locator(".notice").first().waitFor();
    const banner = await page.locator("#problems").innerText();
    assert.match(banner, /2 different topologies.*aaaabbbb \(1\.0\.0\) on replica-1; ddddeeee/s);
    assert.match(banner, /replica-2 does not answer: refused\./);
  });

  test("says what is wrong, each thing once, until it is mended", async () => {
    const staged = await stage();
    const page = await look(staged);
    const { state } = staged;
    const since = Date.UTC(2026, 0, 1, 12) / 1000;
    const wrong = PROBLEM_KINDS.map((kind) => ({ kind, about: `a ${kind}`, since, reason: "why" }));
    staged.state = () => {
      const before = state();
      return {
        ...before,
        instances: before.instances.map((one) => ({ ...one, problems: wrong })),
      };
    };
    const notices = page.locator("#problems .notice");
    await notices.nth(PROBLEM_KINDS.length - 1).waitFor();
    assert.equal(await notices.count(), PROBLEM_KINDS.length);
    for (const [at, kind] of PROBLEM_KINDS.entries()) {
      const text = await notices.nth(at).innerText();
      assert.match(
        text,
        new RegExp(`^\\S\\s*A ${kind} [a-z ]+: why\\. Since .*12:00 UTC\\.$`, "s"),
      );
    }
    staged.state = state;
    await notices.first().waitFor({ state: "detached" });
  });

  test("lets sentences come one by one, and stop", async () => {
    const staged = await stage();
    const page = await look(staged);
    staged.sentences.tell(Array.from({ length: 30 }, (_, i) => toldOf(i)));
    const items = page.locator(".told li");
    await items.nth(1).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    const paused = await items.count();
    await page.waitForTimeout(2000);
    assert.equal(await items.count(), paused);
    assert.match(await page.locator("#sentences").innerText(), /\d+ wait/);
    await page.getByRole("button", { name: "Resume" }).click();
    await items.nth(paused).waitFor();
  });

  test("moves nothing for who wants no motion", async () => {
    const staged = await stage();
    const page = await look(staged, { reducedMotion: "reduce" });
    staged.sentences.tell([toldOf(1)]);
    await page.locator(".told li").waitFor();
    const animation = await page
      .locator(".told li")
      .evaluate((item) => getComputedStyle(item).animationName);
    assert.equal(animation, "none");
  });

  test("puts events on the map where they took place", async () => {
    const staged = await stage();
    const page = await look(staged);
    const canvas = page.locator("#map canvas");
    const ink = (lat: number, lon: number) =>
      canvas.evaluate(
        (element, at) => {
          const { width, height } = element as HTMLCanvasElement;
          const x = ((at.lon + 180) / 360) * width;
          const y = ((90 - at.lat) / 180) * height;
          // Of a copy: who reads a canvas again and again is told to have one for that.
          const context = new OffscreenCanvas(width, height).getContext("2d")!;
          context.drawImage(element as HTMLCanvasElement, 0, 0);
          return [...context.getImageData(x, y, 1, 1).data].join();
        },
        { lat, lon },
      );
    const before = await ink(-20, -150);
    assert.equal(before, "0,0,0,0", "there is sea");
    assert.notEqual(await ink(48, 100), before, "there is land");
    staged.sentences.tell([toldOf(1, { lat: -20, lon: -150, quad: 4, country: "FP" })]);
    await page.locator("#map", { hasText: "FP 1" }).waitFor();
    assert.notEqual(await ink(-20, -150), before);
  });

  test("keeps the colours that were chosen", async () => {
    const page = await look(await stage(), { colorScheme: "light" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole("button", { name: "dark" }).click();
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    await page.locator("#graph").waitFor();
    assert.equal(await ground(), dark);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("button", { name: "light" }).click();
    assert.equal(await ground(), light);
  });

  test("fits a phone and a wall", async () => {
    const staged = await stage();
    for (const [width, height] of [
      [390, 844],
      [768, 1024],
      [3840, 2160],
    ] as const) {
      const page = await look(staged, { viewport: { width, height } });
      staged.sentences.tell([toldOf(width)]);
      await page.locator(".told li").first().waitFor();
      const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(scrolled <= width, `${scrolled} px on ${width}`);
    }
  });

  test("saves the graph as SVG and as PNG", async () => {
    const page = await look(await stage());
    const saved = async (format: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `Download the topology as ${format}` }).click(),
      ]);
      assert.equal(download.suggestedFilename(), `topology.${format.toLowerCase()}`);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const svg = (await saved("SVG")).toString();
    assert.match(svg, /^<svg [^>]*xmlns=.*complete-events.*<\/svg>$/s);
    assert.doesNotMatch(svg, /class=|var\(/);
    assert.equal((await saved("PNG")).subarray(1, 4).toString(), "PNG");
  });
});
