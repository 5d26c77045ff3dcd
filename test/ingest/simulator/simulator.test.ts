import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { stampOf } from "../../../src/gdelt/feeds.ts";
import { parseFaultRates } from "../../../src/ingest/simulator/fault-rates.ts";
import { Simulator, type SimulatorOptions } from "../../../src/ingest/simulator/simulator.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import { ManualTime } from "./manual-time.ts";
import { START_MS, STREAM, sliceMsOf } from "./served.ts";

const EVERY_MS = 5000;
const OPTIONS: SimulatorOptions = {
  host: "127.0.0.1",
  port: 0,
  baseUrl: "http://feed.example/gdeltv2/",
  stream: STREAM,
  translation: false,
  faults: {},
  slices: null,
  sliceEveryMs: EVERY_MS,
  resumeAfterMs: null,
  folder: null,
};

/** A simulator that runs, and time that the test moves. */
class Running {
  readonly simulator: Simulator;
  readonly time: ManualTime;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(simulator: Simulator, time: ManualTime) {
    this.simulator = simulator;
    this.time = time;
    this.#running = simulator.run(this.#stop.signal);
  }

  static async open(options: Partial<SimulatorOptions> = {}): Promise<Running> {
    const time = new ManualTime(1e12);
    return new Running(await Simulator.open({ ...OPTIONS, ...options }, time), time);
  }

  async text(list: string): Promise<string> {
    const response = await fetch(this.simulator.url + list);
    assert.equal(response.status, 200);
    return response.text();
  }

  /** Stamps of the slices in a list, each once. */
  async slices(list = "masterfilelist.txt"): Promise<string[]> {
    const stamps = (await this.text(list)).matchAll(/gdeltv2\/(\d{14})\./g);
    return [...new Set([...stamps].map(([, stamp]) => stamp!))];
  }

  async status(slice: number): Promise<number> {
    const name = `${stampOf(sliceMsOf(slice))}.export.CSV.zip`;
    return (await fetch(this.simulator.url + name)).status;
  }

  /** So much time passes, and what is due then has been published. */
  async pass(byMs: number): Promise<void> {
    await this.time.idle();
    this.time.advance(byMs);
    await this.time.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

const stamps = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => stampOf(sliceMsOf(from + i)));

describe("a simulator", () => {
  test("publishes the first slice at once, and the next ones each after its time", async () => {
    await using running = await Running.open();
    assert.deepEqual(await running.slices(), stamps(0, 0));
    await running.pass(EVERY_MS - 1);
    assert.deepEqual(await running.slices(), stamps(0, 0));
    await running.pass(1);
    assert.deepEqual(await running.slices(), stamps(0, 1));
    assert.deepEqual(await running.slices("lastupdate.txt"), stamps(1, 1));
    await running.pass(EVERY_MS);
    assert.deepEqual(await running.slices(), stamps(0, 2));
  });

  test("does not make up in one go for time in which nothing ran", async () => {
    await using running = await Running.open();
    await running.pass(10 * EVERY_MS);
    assert.deepEqual(await running.slices(), stamps(0, 1));
    await running.pass(EVERY_MS - 1);
    assert.deepEqual(await running.slices(), stamps(0, 1));
    await running.pass(1);
    assert.deepEqual(await running.slices(), stamps(0, 2));
  });

  test("stops publishing after the last slice, and goes on serving", async () => {
    await using running = await Running.open({ slices: 3 });
    await running.pass(EVERY_MS);
    await running.time.idle();
    running.time.advance(EVERY_MS);
    while ((await running.slices()).length < 3);
    running.time.advance(100 * EVERY_MS);
    assert.deepEqual(await running.slices(), stamps(0, 2));
    assert.deepEqual([await running.status(2), await running.status(3)], [200, 404]);
  });

  test("publishes all of them without waiting when told so", async () => {
    const time = new ManualTime(1e12);
    const waits: number[] = [];
    const wait = async (waitMs: number) => {
      waits.push(waitMs);
    };
    const options = { ...OPTIONS, slices: 6, sliceEveryMs: 0 };
    const simulator = await Simulator.open(options, { clock: time.clock, wait });
    const stop = new AbortController();
    const running = simulator.run(stop.signal);
    const url = `${simulator.url}masterfilelist.txt`;
    while ((await (await fetch(url)).text()).split("\n").length <= 3 * 6);
    assert.deepEqual(waits, [0, 0, 0, 0, 0]);
    stop.abort();
    await running;
    await assert.rejects(fetch(url), TypeError, "it serves no longer");
  });

  test("resumed after a slice is where it was: all before is there, and it goes on", async () => {
    await using whole = await Running.open();
    for (let slice = 1; slice <= 4; slice++) await whole.pass(EVERY_MS);
    await using resumed = await Running.open({ resumeAfterMs: sliceMsOf(3) });
    assert.deepEqual(await resumed.slices(), stamps(3, 3));
    assert.deepEqual(await resumed.slices("lastupdate.txt"), stamps(3, 3));
    for (const slice of [0, 1, 2, 3]) assert.equal(await resumed.status(slice), 200);
    assert.equal(await resumed.status(4), 404);
    await resumed.pass(EVERY_MS);
    assert.deepEqual(await resumed.slices(), stamps(3, 4));
    const last = await whole.text("lastupdate.txt");
    assert.equal(await resumed.text("lastupdate.txt"), last);
    const all = await whole.text("masterfilelist.txt");
    assert.ok(all.endsWith(await resumed.text("masterfilelist.txt")));
  });

  test("resumed has the corrections that are due, and files that were late are there", async () => {
    const faults = parseFaultRates("late=0.3,bad-md5=0.3,truncated=0.3");
    const options = { faults, slices: 30 };
    await using whole = await Running.open(options);
    for (let slice = 1; slice <= 12; slice++) await whole.pass(EVERY_MS);
    await using resumed = await Running.open({ ...options, resumeAfterMs: sliceMsOf(9) });
    for (let slice = 10; slice <= 12; slice++) await resumed.pass(EVERY_MS);
    const rest = await resumed.text("masterfilelist.txt");
    assert.ok((await whole.text("masterfilelist.txt")).endsWith(rest));
    assert.ok((await resumed.slices()).includes(stampOf(sliceMsOf(8))), "no correction was due");
    for (let slice = 0; slice <= 12; slice++) {
      assert.equal(await resumed.status(slice), await whole.status(slice), `slice ${slice}`);
    }
  });

  for (const [resumeAfterMs, slices] of [
    [START_MS - 900_000, null],
    [START_MS + 1000, null],
    [sliceMsOf(5), 5],
  ] as const) {
    test(`cannot be resumed after ${stampOf(resumeAfterMs)} of ${slices ?? "all"}`, async () => {
      const opening = Simulator.open({ ...OPTIONS, resumeAfterMs, slices }, new ManualTime(0));
      await assert.rejects(opening, (error: unknown) => {
        assert(error instanceof ConfigError);
        assert.match(error.message, new RegExp(`no slice ${stampOf(resumeAfterMs)} to resume`));
        return true;
      });
    });
  }

  test("fails with what a request has thrown", async () => {
    const time = new ManualTime(1e12);
    const broken = new Error("the timer is broken");
    const wait = (waitMs: number, stop: AbortSignal) =>
      waitMs === EVERY_MS ? time.wait(waitMs, stop) : Promise.reject(broken);
    const options = { ...OPTIONS, faults: { flaky: 1 } };
    const simulator = await Simulator.open(options, { clock: time.clock, wait });
    const { url } = simulator;
    const running = simulator.run(new AbortController().signal);
    running.catch(() => {});
    for (let slice = 0; slice < 20; slice++) {
      const stamp = stampOf(sliceMsOf(slice));
      for (const suffix of ["export.CSV.zip", "mentions.CSV.zip", "gkg.csv.zip"]) {
        await fetch(`${url}${stamp}.${suffix}`).catch(() => {});
      }
      time.advance(EVERY_MS);
      if ((await Promise.race([running.catch((error) => error), time.idle()])) === broken) break;
    }
    await assert.rejects(running, broken);
  });
});

describe("a simulator with a folder", () => {
  let scratch: string;
  let count = 0;
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "simulator-"));
  });
  after(() => rm(scratch, { recursive: true }));

  const newFolder = () => join(scratch, `run-${count++}`, "lists");
  const faults = parseFaultRates("all=0.05,flaky=0,html=0");

  /** Runs until so many slices are published; the lists then. */
  async function runTo(slices: number, options: Partial<SimulatorOptions>): Promise<string[]> {
    await using running = await Running.open(options);
    while ((await running.slices("lastupdate.txt"))[0]! < stampOf(sliceMsOf(slices - 1))) {
      await running.pass(EVERY_MS);
    }
    return await Promise.all(
      ["masterfilelist.txt", "lastupdate.txt"].map((list) => running.text(list)),
    );
  }

  test("goes on with the whole history, as if it had never stopped", async () => {
    const folder = newFolder();
    const expected = await runTo(9, { faults });
    await runTo(4, { faults, folder });
    await runTo(7, { faults, folder });
    assert.deepEqual(await runTo(9, { faults, folder }), expected);
  });

  test("forgets a line that was cut off, which will be the same again", async () => {
    const folder = newFolder();
    const expected = await runTo(5, {});
    await runTo(3, { folder });
    await appendFile(join(folder, "publications.jsonl"), '{"slice":"202604');
    assert.deepEqual(await runTo(5, { folder }), expected);
  });

  test("publishes what lies between the folder's lists and the slice to resume after", async () => {
    const folder = newFolder();
    await runTo(2, { folder });
    const expected = await runTo(6, {});
    assert.deepEqual(await runTo(6, { folder, resumeAfterMs: sliceMsOf(5) }), expected);
    // The lists are further than this.
    assert.deepEqual(await runTo(6, { folder, resumeAfterMs: sliceMsOf(1) }), expected);
  });

  for (const [what, other] of [
    ["seed 3, now 4", { stream: { ...STREAM, seed: 4 } }],
    ["events 30, now 31", { stream: { ...STREAM, eventsPerSlice: 31 } }],
    ["start 20260421110000, now 20260421111500", { stream: { ...STREAM, startMs: sliceMsOf(1) } }],
    ["translation false, now true", { translation: true }],
    ["faults none, now html=0.5,late=0.1", { faults: { late: 0.1, html: 0.5 } }],
  ] as const) {
    test(`refuses that of another run: ${what}`, async () => {
      const folder = newFolder();
      await runTo(2, { folder });
      const opening = Simulator.open({ ...OPTIONS, folder, ...other }, new ManualTime(0));
      await assert.rejects(opening, (error: unknown) => {
        assert(error instanceof ConfigError);
        assert.ok(error.message.includes(`other settings (${what})`), error.message);
        return true;
      });
    });
  }

  test("takes a longer run for the same one, unless its faults depend on the end", async () => {
    const folder = newFolder();
    await runTo(2, { folder, slices: 3 });
    await runTo(3, { folder, slices: 4 });
    const other = newFolder();
    await runTo(2, { folder: other, slices: 3, faults });
    const opening = Simulator.open(
      { ...OPTIONS, folder: other, slices: 4, faults },
      new ManualTime(0),
    );
    await assert.rejects(opening, /slices 3, now 4/);
  });

  test("refuses that of another version, whose slices had other bytes", async () => {
    const folder = newFolder();
    await runTo(2, { folder });
    const path = join(folder, "publications.jsonl");
    const text = await readFile(path, "utf8");
    const last = text.lastIndexOf(".export");
    const md5At = text.lastIndexOf(" ", last) - 32;
    await writeFile(path, `${text.slice(0, md5At)}${"0".repeat(32)}${text.slice(md5At + 32)}`);
    const opening = Simulator.open({ ...OPTIONS, folder }, new ManualTime(0));
    await assert.rejects(opening, (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, /another version of the program, whose slice 20260421111500/);
      return true;
    });
  });

  test("refuses what no simulator has written, and what is no folder", async () => {
    const folder = newFolder();
    await runTo(1, { folder });
    for (const text of ["hello\n", '{"seed":3}\n{"slice":"x"}\n', "{}\nnull\n"]) {
      await writeFile(join(folder, "publications.jsonl"), text);
      const opening = Simulator.open({ ...OPTIONS, folder }, new ManualTime(0));
      await assert.rejects(opening, (error: unknown) => {
        assert(error instanceof ConfigError);
        assert.match(error.message, /is not what a simulator has written/);
        return true;
      });
    }
    const file = join(folder, "publications.jsonl");
    const opening = Simulator.open({ ...OPTIONS, folder: file }, new ManualTime(0));
    await assert.rejects(opening, (error: unknown) => {
      assert(error instanceof ConfigError && error.cause instanceof Error);
      assert.match(error.message, /cannot be used/);
      return true;
    });
  });
});
