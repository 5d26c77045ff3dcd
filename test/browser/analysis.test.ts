import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutChromium } from "./chromium.ts";
import { stagedAnalysis, stagedStory } from "./staged-analysis.ts";
import { stagedPages } from "./staged-pages.ts";

const skip = withoutChromium();
const { stage, open } = stagedPages();

const ANSWERED = { "/analysis/answer": (query: URLSearchParams) => stagedAnalysis(query) };

describe("the page of the analysis", { skip }, () => {
  test("answers what is asked in its address, and says there what is chosen", async () => {
    const staged = await stage(ANSWERED);
    const page = await open(
      `${staged.url}/analysis?days=30&country=KOR&theme=PEACE_TALKS&map=tone&lang=en`,
      ".stories li",
    );
    assert.equal(await page.locator("select[name=country]").inputValue(), "KOR");
    assert.equal(await page.locator("input[name=theme]").inputValue(), "PEACE_TALKS");
    assert.equal(await page.locator("#days svg").first().locator("rect").count(), 30);
    assert.match((await page.locator("#world h2").textContent())!, /PEACE_TALKS/);

    await page.locator("select[name=country]").selectOption("FRA");
    await page.getByRole("button", { name: "1 day" }).click();
    await page.getByRole("button", { name: "Goldstein", exact: true }).click();
    const chosen = new URL(page.url()).searchParams;
    assert.deepEqual(Object.fromEntries(chosen), {
      ...{ days: "1", country: "FRA", theme: "PEACE_TALKS", map: "goldstein", lang: "en" },
    });
    await page.goBack();
    await page.goBack();
    assert.equal(await page.locator("select[name=country]").inputValue(), "FRA");
    assert.equal(new URL(page.url()).searchParams.get("days"), "30");
    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(new URL(page.url()).search, "?days=30&map=tone&lang=en");
  });

  test("colours countries by how they are, and a click on one chooses it", async () => {
    const staged = await stage(ANSWERED);
    const page = await open(`${staged.url}/analysis?map=tone&lang=en`, ".country");
    const classes = await page
      .locator(".country", { has: page.locator("title", { hasText: /^(Sudan|France):/ }) })
      .evaluateAll((found) => found.map((each) => each.getAttribute("class")));
    assert.deepEqual(classes.sort(), ["country bin-tone-0", "country bin-tone-4"]);
    assert.equal(await page.locator("circle.country").count(), 1, "Singapore has no shape");
    await page
      .locator(".country", { has: page.locator("title", { hasText: "France:" }) })
      .dispatchEvent("click");
    assert.equal(new URL(page.url()).searchParams.get("country"), "FRA");
    await page.locator("#themes h2", { hasText: "France" }).waitFor();
  });

  test("speaks Korean, of itself and of countries", async () => {
    const staged = await stage(ANSWERED);
    const page = await open(`${staged.url}/analysis`, ".stories li", { locale: "ko-KR" });
    assert.equal(await page.locator("html").getAttribute("lang"), "ko");
    await page.locator("#world", { hasText: "대한민국" }).waitFor();
    assert.match(await page.locator("#biases").innerText(), /GDELT는 뉴스를 읽습니다/);
    await page.getByRole("button", { name: "English" }).click();
    await page.locator("#world", { hasText: "South Korea" }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("lang"), "en");
  });

  test("says what is missing, in the words of who was asked", async () => {
    const staged = await stage({ "/analysis/answer": { error: "Gold has not been made yet: …" } });
    const page = await open(`${staged.url}/analysis?lang=en`, ".notice");
    assert.match(await page.locator("#notice").innerText(), /Gold has not been made yet/);
    assert.equal(await page.locator("#world").isVisible(), false);
    assert.match(await page.locator("#biases").innerText(), /not sentiment/);
    staged.answers = ANSWERED;
    await page.getByRole("button", { name: "30 days" }).click();
    await page.locator(".stories li").first().waitFor();
    await page.locator(".notice").waitFor({ state: "detached" });
  });

  test("fits from a phone to a wall", async () => {
    const staged = await stage(ANSWERED);
    for (const [width, height] of [
      [390, 844],
      [1440, 900],
      [3840, 2160],
    ] as const) {
      const page = await open(`${staged.url}/analysis`, ".stories li", {
        viewport: { width, height },
      });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} at ${width}`);
      const map = (await page.locator(".world svg").boundingBox())!;
      assert.ok(map.width > 300 && map.height > 120, JSON.stringify(map));
    }
  });

  test("shows text of the Internet as text, and leads nowhere but into the web", async () => {
    const script = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>";
    const stories = [
      stagedStory(1, { sentence: script, url: "javascript:window.hacked=1", themes: [script] }),
      stagedStory(2, {
        sentence: `\u202e${script}`,
        url: `https://evil.example/${script}`,
        source: script,
      }),
      stagedStory(3, { sentence: "W".repeat(1 << 16), url: "data:text/html,x" }),
    ];
    const staged = await stage({
      "/analysis/answer": (query: URLSearchParams) => ({
        ...stagedAnalysis(query, stories),
        themes: [{ theme: script, events: 1, expected: null, rise: null, isNew: false }],
        sources: [{ kind: "source", name: script, mentions: 1, share: 1 }],
      }),
    });
    const page = await open(`${staged.url}/analysis?theme=<script>`, ".stories li");
    assert.ok((await page.locator("#stories").innerText()).includes(script));
    const found = await page.evaluate(() => ({
      hacked: "hacked" in window,
      scripts: document.scripts.length,
      images: document.querySelectorAll("main img").length,
      links: [...document.querySelectorAll<HTMLAnchorElement>("main a")].map(
        ({ protocol, rel }) => `${protocol} ${rel}`,
      ),
      wide: document.documentElement.scrollWidth > innerWidth,
    }));
    assert.deepEqual(found, {
      ...{ hacked: false, scripts: 1, images: 0, wide: false },
      links: ["https: noopener noreferrer"],
    });
  });
});
