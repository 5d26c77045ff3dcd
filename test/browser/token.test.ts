import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { analysisRoute } from "../../src/app/inspector/analysis/analysis-route.ts";
import { InspectorServer } from "../../src/inspector/http/inspector-server.ts";
import { describedTopology } from "../../src/inspector/topology-formats.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { openPage, withoutChromium } from "./chromium.ts";
import { toldOf } from "./staged-state.ts";

const skip = withoutChromium();
const TOKEN = "not-a-secret";

const servers: InspectorServer[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function guarded(): Promise<InspectorServer> {
  const address = { host: "127.0.0.1", port: 0, orNext: false };
  let nowMs = 0;
  const server = await InspectorServer.open(
    {
      ...{ application: "guarded", replica: "one", version: "1.0.0" },
      topology: describedTopology(silverTopology(SILVER_DEFAULTS)),
      readiness: { isReady: true, state: "RUNNING", reason: null },
      threads: async () => [],
      problems: async () => [],
      metrics: async () => [],
    },
    {
      ...{ address, token: TOKEN, clock: { nowMs: () => (nowMs += 1000) } },
      routes: () => [analysisRoute(null)],
    },
  );
  servers.push(server);
  return server;
}

describe("an inspector with a token", { skip }, () => {
  test("asks for it, shows nothing to who has it not, and everything to who has", async () => {
    const server = await guarded();
    server.sentences.tell([toldOf(7)]);
    const { page, complaints } = await openPage(server.url);
    const field = page.getByLabel("Token of the inspector");
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the token.").waitFor();
    assert.equal(await page.getByText("guarded").count(), 0);
    await field.fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.locator("#graph").waitFor();
    await page.locator(".told li", { hasText: "event 7" }).waitFor();
    assert.equal(await page.locator("h1").innerText(), "guarded");
    assert.equal(await field.count(), 0);
    assert.ok(!page.url().includes(TOKEN));
    await page.reload();
    await page.locator("#graph").waitFor();
    // Browsers tell of every 401; what else is in the console is ours.
    assert.deepEqual(
      complaints.filter((complaint) => !/status of 401/.test(complaint)),
      [],
    );
  });
  test("asks for it on the page of the analysis too", async () => {
    const { page } = await openPage(`${(await guarded()).url}/analysis?lang=en`);
    const field = page.getByLabel("Token of the inspector");
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the token.").waitFor();
    await field.fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByText("Gold is published to a Postgres server").waitFor();
    assert.equal(await field.count(), 0);
    assert.ok(!page.url().includes(TOKEN));
  });
});
