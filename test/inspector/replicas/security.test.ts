import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { MartEvents } from "../../../src/app/inspector/events/mart-events.ts";
import { ask } from "../../../src/app/mart-question.ts";
import { PageAssets } from "../../../src/inspector/http/page-assets.ts";
import { openPgDatabase } from "../../../src/sinks/postgres/pg-database.ts";
import { MemoryReplicas } from "./memory-replicas.ts";

const TOKEN = "t0p-s3cret-t0ken";

const PASSWORD = "p4ss-w0rd";

/** Nobody listens there, and the address has a password. */
const mart = openPgDatabase(`postgres://ann:${PASSWORD}@127.0.0.1:1/mart`);

const STRICT = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

describe("everything that the inspector answers", { timeout: 60_000 }, () => {
  let replicas: MemoryReplicas;
  let paths: readonly string[];
  const headers = { authorization: `Bearer ${TOKEN}` };

  before(async () => {
    replicas = await MemoryReplicas.open(["one", "two"], 2, {
      settings: { "inspector.token": TOKEN },
      places: [new MartEvents((question) => ask(mart, question))],
    });
    await replicas.publish();
    const { paths: documented } = (await (
      await replicas.get("one", "/openapi.json", { headers })
    ).json()) as { paths: object };
    // Asked by GET the stream has no end.
    const ended = Object.keys(documented).filter((path) => path !== "/stream");
    paths = ended.map((path) => path.replace("{id}", "12"));
    assert.ok(paths.length >= 13, String(paths));
  });
  after(async () => {
    await replicas.close();
    await mart.close();
  });

  test("takes the token, but what containers are asked", async () => {
    for (const path of [...paths, "/stream", "/nothing", "/events/x", "/dead-letters?limit=x"]) {
      const isOpen = ["/healthz", "/readyz"].includes(path);
      const { status } = await replicas.get("one", path);
      assert.equal(status, isOpen ? 200 : 401, path);
      for (const authorization of ["Bearer", "Bearer ", `Basic ${TOKEN}`, `bearer${TOKEN}`]) {
        const again = await replicas.get("one", path, { headers: { authorization } });
        assert.equal(again.status, isOpen ? 200 : 401, `${path} with ${authorization}`);
      }
      // No way around it: neither in another spelling of an open path, nor in the query.
      const around = await replicas.get("one", `${path}?token=${TOKEN}&/healthz`);
      assert.equal(around.status, isOpen ? 200 : 401, path);
    }
    for (const path of ["/healthz/../metrics", "/healthz/%2e%2e/metrics", "/HEALTHZ"]) {
      assert.equal((await raw(path)).status, 401, path);
    }
  });

  test("is the files of the page, and nothing else, for who has no token", async () => {
    for (const [path, { plain }] of await new PageAssets().all()) {
      const response = await replicas.get("one", path);
      assert.equal(response.status, 200, path);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(plain), path);
    }
    assert.equal((await replicas.get("one", "/page/nothing")).status, 404);
    // The name without which `raw` would send the token.
    for (const path of ["/page/../metrics?healthz", "/page/%2e%2e/metrics?healthz"]) {
      assert.equal((await raw(path)).status, 401, path);
    }
  });

  test("has strict headers, and says the same to HEAD without a body", async () => {
    for (const path of [...paths, "/nothing"]) {
      const got = await replicas.get("one", path, { headers });
      const body = await got.text();
      const head = await replicas.get("one", path, { headers, method: "HEAD" });
      assert.equal(head.status, got.status, path);
      assert.equal(await head.text(), "");
      for (const answer of [got, head]) {
        for (const [name, value] of Object.entries(STRICT)) {
          assert.equal(answer.headers.get(name), value, `${name} of ${path}`);
        }
        assert.equal(answer.headers.get("access-control-allow-origin"), null);
        assert.equal(answer.headers.get("server"), null);
      }
      if (!path.startsWith("/metrics") && !path.startsWith("/topology/")) {
        assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(body)), path);
      }
      const { status } = await replicas.get("one", path, { headers, method: "POST", body: "x" });
      assert.equal(status, 405, path);
    }
  });

  test("has no secret in it, whatever is asked", async () => {
    const asked = [
      ...paths,
      `/${TOKEN.slice(0, 4)}`,
      "/events/1?self",
      "/audit/x",
      "/dead-letters",
    ];
    for (const path of asked) {
      for (const name of ["one", "two"]) {
        const response = await replicas.get(name, path, { headers });
        const said = `${[...response.headers]}${await response.text()}`;
        assert.ok(!said.includes(TOKEN) && !said.includes(PASSWORD), path);
        assert.ok(!said.includes(process.cwd()), `a path of this machine in ${path}`);
        assert.ok(!/\bat .*\.[jt]s:\d+/.test(said), `a stack in ${path}`);
      }
    }
    const failed = await replicas.get("one", "/audit/12", { headers });
    assert.equal(failed.status, 503);
    assert.match(await failed.text(), /the mart could not be asked: .*127\.0\.0\.1/);
  });

  test("is nothing else than what there is, however the path is spelled", async () => {
    for (const path of [
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/events/..%2f..%2fetc%2fpasswd",
      "/events/../../package.json",
      "/events/%00",
      "/events/1%00",
      "/events/1/",
      "/topology.svg/../../x",
      "/topology.__proto__",
      "/constructor",
      "/__proto__",
      "/events/__proto__",
      "/%",
      "/events/%",
      "/events/%e0%a4%a",
      "/events/1;drop",
      "/events/1%27--",
      `/events/${"9".repeat(900)}`,
      "\\metrics..",
      "http://other.example/metrics/x",
    ]) {
      const { status, body } = await raw(path);
      assert.ok([400, 404].includes(status), `${path}: ${status}`);
      if (body !== "") assert.match(body, /^\{"error":/, path);
      assert.ok(!body.includes("root:"), path);
    }
  });

  test("is not asked at any length, nor with bodies", async () => {
    assert.equal((await raw(`/version?${"a=1&".repeat(400)}`)).status, 414);
    assert.equal((await raw(`/${"x".repeat(20_000)}`)).status, 431);
    assert.equal((await raw("/version", "Content-Length: 1\r\n", "x")).status, 413);
    assert.equal(
      (await raw("/version", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n")).status,
      413,
    );
  });

  /** As no decent client would ask; with the token, at the path as it is written. */
  async function raw(path: string, more = "", body = "") {
    replicas.nowMs += 1000;
    const { port } = new URL(replicas.url("one"));
    const socket = net.connect(Number(port), "127.0.0.1").setEncoding("utf8");
    let said = "";
    socket.on("data", (text: string) => {
      said += text;
    });
    const authorization = path.toLowerCase().includes("healthz")
      ? ""
      : `Authorization: Bearer ${TOKEN}\r\n`;
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${authorization}${more}Connection: close\r\n\r\n${body}`,
    );
    await once(socket, "close");
    const [head = "", ...rest] = said.split("\r\n\r\n");
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), body: rest.join("") };
  }
});
