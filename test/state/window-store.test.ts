import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { noSpill, SpillFolder } from "../../src/state/spill.ts";
import type { Section } from "../../src/state/store.ts";
import { WindowStore } from "../../src/state/window-store.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import {
  type AppendStep,
  appendBoth,
  appendStep,
  SEGMENT_MS,
  WindowModel,
} from "./window-model.ts";

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "window-store-"));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const ROWS = { kind: "window", name: "rows", segmentMs: SEGMENT_MS } as const;

const inMemory = (): WindowStore => new WindowStore(ROWS, noSpill);

const spilling = (residentBytesMax: number, cacheBytesMax = 70_000): WindowStore =>
  new WindowStore(
    ROWS,
    new SpillFolder(fs.mkdtempSync(path.join(scratch, "spill-")), {
      residentBytesMax,
      cacheBytesMax,
    }).open("rows"),
  );

type Step = AppendStep | { kind: "drop"; segment: number } | { kind: "open"; timeMs: number };
type Control = { kind: "commit" } | { kind: "rollback" } | { kind: "restore" };

const steps: fc.Arbitrary<(Step | Control)[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: appendStep },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("drop" as const),
        segment: fc.integer({ min: -2, max: 4 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("open" as const),
        timeMs: fc.integer({ min: -15, max: 45 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("commit" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("rollback" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restore" as const) }) },
  ),
  { maxLength: 60, size: "max" },
);

/** Runs steps on a store and on the model; the sections of every commit are what is restored. */
function run(script: readonly (Step | Control)[], open: () => WindowStore): void {
  let store = open();
  const model = new WindowModel();
  const sections: Section[] = [];
  let live = store.live();
  for (const step of script) {
    if (step.kind === "append") appendBoth(store, model, step);
    else if (step.kind === "drop") {
      store.drop(step.segment);
      model.drop(step.segment);
    } else if (step.kind === "open") store.openSegment(step.timeMs);
    else if (step.kind === "commit") {
      for (const section of store.cut())
        sections.push({ ...section, bytes: section.bytes.slice() });
      live = store.live();
      store.committed();
      model.commit();
    } else if (step.kind === "rollback") {
      store.rollback();
      model.rollback();
    } else {
      store.close();
      store = open();
      for (const section of sections) {
        if (live.some(({ segment }) => segment === section.segment)) store.restore(section);
      }
      assert.deepEqual(store.live(), live, "a restore reaches the lengths of the checkpoint");
      store.committed();
      model.rollback();
    }
    model.check(store);
  }
}

test("a window store in memory equals the naive one after any steps", () => {
  fc.assert(
    fc.property(steps, (script) => run(script, inMemory)),
    propertyRuns(150),
  );
});

test("a window store that spills everything at each commit equals the naive one", () => {
  fc.assert(
    fc.property(steps, (script) => run(script, () => spilling(0))),
    propertyRuns(60),
  );
});

test("a window store with room for some segments equals the naive one", () => {
  fc.assert(
    fc.property(steps, (script) => run(script, () => spilling(40_000, 1))),
    propertyRuns(60),
  );
});

test("a restore of more sections than fit in memory spills on the way, and loses nothing", () => {
  const source = inMemory();
  const model = new WindowModel();
  const sections: Section[] = [];
  for (let i = 0; i < 700; i++) {
    appendBoth(source, model, {
      kind: "append",
      timeMs: (i % 3) * SEGMENT_MS,
      high: 0,
      low: i % 5,
      tag: 0,
      size: 100 + (i % 7),
      fill: i & 255,
    });
    for (const section of source.cut()) sections.push({ ...section, bytes: section.bytes.slice() });
    source.committed();
  }
  const restored = spilling(1000);
  for (const section of sections) restored.restore(section);
  assert.deepEqual(restored.live(), source.live());
  model.check(restored);
});

test("after a commit no more than the budget stays in memory, indexes apart", () => {
  const store = spilling(100_000);
  const bytes = new Uint8Array(1000);
  for (let i = 0; i < 400; i++) {
    store.openSegment(i).append(0, i, 0, bytes, 0, bytes.length);
    store.cut();
    store.committed();
  }
  const indexBytes = store.segmentIds().length * 16 * 12;
  assert.ok(store.bytes > 400_000);
  assert.ok(store.residentBytes <= 100_000 + indexBytes, `${store.residentBytes} bytes`);
});

test("what is hot stays in memory, however much the indexes of the rest take", () => {
  const budget = 5000;
  const store = spilling(budget);
  const bytes = new Uint8Array(1000);
  for (let i = 0; i < 400; i++) {
    store.openSegment(i * SEGMENT_MS).append(0, i, 0, bytes, 0, bytes.length);
    store.cut();
    store.committed();
  }
  const ids = store.segmentIds();
  const held = ids.filter((id) => store.segment(id)!.evictableBytes > 0);
  assert.ok(held.length > 0);
  assert.deepEqual(held, ids.slice(-held.length));
  assert.ok(store.residentBytes > 2 * budget);
});

test("what has left memory is not held by where it was last read", () => {
  const store = spilling(0);
  for (const timeMs of [0, 10]) {
    const segment = store.openSegment(timeMs);
    segment.at(segment.append(0, 1, 0, Uint8Array.of(1), 0, 1));
  }
  store.cut();
  store.committed();
  for (const id of store.segmentIds()) {
    const segment = store.segment(id)!;
    assert.equal(segment.chunk.bytes.length, 0);
    segment.at(segment.head(0, 1));
    assert.equal(segment.chunk.bytes[segment.start], 1);
  }
});

test("a store that is closed leaves no file open or behind, nor those of uncommitted drops", () => {
  const folder = fs.mkdtempSync(path.join(scratch, "closed-"));
  const limits = { residentBytesMax: 0, cacheBytesMax: 70_000 };
  const store = new WindowStore(ROWS, new SpillFolder(folder, limits).open("rows"));
  const openBefore = openFiles();
  for (const timeMs of [0, 10, 20]) {
    store.openSegment(timeMs).append(0, 1, 0, Uint8Array.of(1), 0, 1);
  }
  store.cut();
  store.committed();
  assert.equal(fs.readdirSync(path.join(folder, "rows")).length, 3);
  store.drop(1);
  store.close();
  assert.deepEqual(fs.readdirSync(path.join(folder, "rows")), []);
  assert.equal(openFiles(), openBefore);
});

/** Files which this process has open; 0 where the system does not tell. */
const openFiles = (): number =>
  fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0;

test("a section that does not follow on is a TaskCorruptedError", () => {
  const store = inMemory();
  assert.throws(
    () => store.restore({ store: "rows", segment: 0, from: 64, bytes: new Uint8Array(64) }),
    { name: "TaskCorruptedError", message: /do not follow on/ },
  );
});

test("an entry longer than a chunk is refused by its length", () => {
  const segment = inMemory().openSegment(0);
  const bytes = new Uint8Array(65_521);
  assert.throws(() => segment.append(0, 0, 0, bytes, 0, bytes.length), /65521 bytes is over/);
});
