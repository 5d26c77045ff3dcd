import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DeadLetterSample } from "../../../src/inspector/dead-letter-sample.ts";
import { MemoryReplicas } from "./memory-replicas.ts";

interface Letters {
  readonly total: number;
  readonly byReason: readonly { stream: string; reason: string; rows: number }[];
  readonly uncounted: readonly string[];
  readonly samples: readonly DeadLetterSample[];
}

const LONG = `<script>alert(1)</script>${"é".repeat(5000)}`;

/** So many rows that nobody can parse in front. */
const withBad =
  (wanted: string, ...rows: string[]) =>
  (feed: string, bytes: Buffer) =>
    feed === wanted ? Buffer.concat([Buffer.from(`${rows.join("\n")}\n`), bytes]) : bytes;

describe("what could not be used", { timeout: 60_000 }, () => {
  let replicas: MemoryReplicas;
  const get = async (query = "", name = "one") =>
    (await (await replicas.get(name, `/dead-letters${query}`)).json()) as Letters;

  before(async () => {
    replicas = await MemoryReplicas.open(["one", "two"], 3);
  });
  after(() => replicas.close());

  test("is counted by reason over all replicas, and shown with its place", async () => {
    assert.deepEqual(await get(), {
      ...{ total: 0, byReason: [], countedIn: "state", uncounted: [] },
      ...{ samples: [], sampledFrom: "log" },
    });
    await replicas.publish(withBad("events", "first", LONG));
    replicas.nowMs += 60_000;
    await replicas.publish(withBad("gkg", "second"));
    const { total, byReason, samples } = await get();
    assert.equal(total, 3);
    assert.deepEqual(byReason, [
      { stream: "events", reason: "field_count", rows: 2 },
      { stream: "gkg", reason: "field_count", rows: 1 },
    ]);
    assert.deepEqual(
      samples.map(({ stream, reason }) => [stream, reason]),
      [
        ["gkg", "field_count"],
        ["events", "field_count"],
        ["events", "field_count"],
      ],
    );
    const [newest] = samples;
    assert.equal(newest!.text, "second");
    assert.equal(newest!.bytes, 6);
    assert.equal(newest!.slice, "2026-01-01T00:15:00.000Z");
    assert.equal(newest!.topic, "gdelt.gkg");
    assert.ok(newest!.offset! >= 0 && newest!.partition! >= 0 && newest!.detail.length > 0);
    const long = samples.find(({ bytes }) => bytes > 100)!;
    assert.equal(long.bytes, Buffer.byteLength(LONG));
    assert.equal(long.text, LONG.slice(0, 500));
  });

  test("is the same at every replica, as many as are wanted", async () => {
    const all = await get();
    assert.deepEqual(await get("", "two"), all);
    assert.deepEqual((await get("?limit=1")).samples, all.samples.slice(0, 1));
    assert.deepEqual((await get("?limit=0")).samples, []);
    for (const limit of ["x", "-1", "1.5", "201", "", "1e3"]) {
      const { status } = await replicas.get("one", `/dead-letters?limit=${limit}`);
      assert.equal(status, 400, limit);
    }
  });

  test("outlives those who counted it; who cannot be asked is named until it is replaced", async () => {
    const before = await get();
    await replicas.kill("two");
    assert.deepEqual((await get()).uncounted, ["two"]);
    await replicas.forget();
    const { total, byReason, samples } = await get();
    assert.deepEqual(
      { total, byReason, samples },
      {
        total: before.total,
        byReason: before.byReason,
        samples: before.samples,
      },
    );
  });
});
