import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, test } from "node:test";
import { ENGLISH_FEEDS, parseSliceFileName, sliceFileName } from "../../../src/gdelt/feeds.ts";
import { type FileFault, faultPlan } from "../../../src/ingest/simulator/fault-plan.ts";
import { type FaultKind, parseFaultRates } from "../../../src/ingest/simulator/fault-rates.ts";
import {
  faultless,
  type ListLine,
  rowsIn,
  Served,
  type ServedSpec,
  START_MS,
  STREAM,
  sliceMsOf,
  unpacked,
} from "./served.ts";

const SLICES = 10;

const nameOf = (slice: number, feed: string): string =>
  sliceFileName(ENGLISH_FEEDS.find(({ name }) => name === feed)!, sliceMsOf(slice), {
    zipped: true,
  });

/** A run in which every file has a fault of one kind; what is wrong with each, by name. */
async function openWith(kind: FaultKind, spec: ServedSpec = {}) {
  const served = await Served.open({ rates: { [kind]: 1 }, slices: SLICES, ...spec });
  const faults = new Map<string, FileFault & { slice: number }>();
  for (let slice = 0; slice < SLICES; slice++) {
    const plan = faultPlan({ seed: STREAM.seed, rates: { [kind]: 1 }, slices: SLICES }, slice);
    for (const { name } of ENGLISH_FEEDS) {
      const fault = plan.get(name);
      if (fault) faults.set(nameOf(slice, name), { ...fault, slice });
    }
  }
  return { served, faults };
}

/** What the list has gained with each slice. */
async function publishAll(served: Served): Promise<ListLine[][]> {
  const added: ListLine[][] = [];
  let known = 0;
  for (let slice = 0; slice < SLICES; slice++) {
    if (slice > 0) await served.feed.publishNext();
    const { status } = await served.get("masterfilelist.txt");
    const lines = status === 404 ? [] : await served.lines("masterfilelist.txt");
    added.push(lines.slice(known));
    known = lines.length;
  }
  return added;
}

const agrees = ({ size, md5 }: ListLine, bytes: Buffer): boolean =>
  size === bytes.length && md5 === hash("md5", bytes);

/** At which publications a file was listed. */
const listedIn = (added: readonly (readonly ListLine[])[], name: string): number[] =>
  added.flatMap((lines, slice) => lines.filter((line) => line.name === name).map(() => slice));

describe("faults over HTTP", () => {
  test("missing: neither listed nor there, at any time", async () => {
    const { served, faults } = await openWith("missing");
    await using _ = served;
    assert.deepEqual((await publishAll(served)).flat(), []);
    assert.equal((await served.get("lastupdate.txt")).status, 404);
    for (const name of faults.keys()) assert.equal((await served.get(name)).status, 404);
  });

  test("missing, sometimes: the last update is that of the newest slice with a file", async () => {
    const rates = { missing: 0.6 };
    await using served = await Served.open({ rates, slices: SLICES });
    let newest: string[] = [];
    for (let slice = 0; slice < SLICES; slice++) {
      if (slice > 0) await served.feed.publishNext();
      const plan = faultPlan({ seed: STREAM.seed, rates, slices: SLICES }, slice);
      const there = ENGLISH_FEEDS.filter(({ name }) => !plan.has(name));
      if (there.length > 0) newest = there.map(({ name }) => nameOf(slice, name));
      const { status } = await served.get("lastupdate.txt");
      assert.equal(status, newest.length === 0 ? 404 : 200);
      if (status === 404) continue;
      const listed = (await served.lines("lastupdate.txt")).map(({ name }) => name);
      assert.deepEqual(listed, newest);
    }
  });

  test("listed-404: listed as the file that it would be, and never there", async () => {
    const { served, faults } = await openWith("listed-404");
    await using _ = served;
    const added = await publishAll(served);
    for (const [name, { slice }] of faults) {
      assert.deepEqual(listedIn(added, name), [slice]);
      assert.equal((await served.get(name)).status, 404);
    }
    await using good = await Served.open({ newest: 0 });
    assert.deepEqual(added[0]!.map(plain), (await good.lines("masterfilelist.txt")).map(plain));
  });

  const plain = ({ size, md5, name }: ListLine) => `${size} ${md5} ${name}`;

  test("late: not there until so many slices later, listed at once or only then", async () => {
    const { served, faults } = await openWith("late");
    await using _ = served;
    const added: ListLine[][] = [];
    let known = 0;
    for (let slice = 0; slice < SLICES; slice++) {
      if (slice > 0) await served.feed.publishNext();
      const { status } = await served.get("masterfilelist.txt");
      const lines = status === 404 ? [] : await served.lines("masterfilelist.txt");
      added.push(lines.slice(known));
      known = lines.length;
      for (const [name, fault] of faults) {
        assert(fault.kind === "late");
        const isThere = slice >= fault.slice + fault.slicesLater;
        assert.equal((await served.get(name)).status, isThere ? 200 : 404, `${name} at ${slice}`);
      }
    }
    for (const [name, fault] of faults) {
      assert(fault.kind === "late");
      const from = fault.listedAtOnce ? fault.slice : fault.slice + fault.slicesLater;
      assert.deepEqual(listedIn(added, name), [from], name);
      const { bytes, headers } = await served.get(name);
      assert(agrees(added.flat().find((line) => line.name === name)!, bytes));
      assert.deepEqual(await unpacked(name, bytes), faultless(name));
      const changed = new Date(sliceMsOf(fault.slice + fault.slicesLater)).toUTCString();
      assert.equal(headers.get("last-modified"), changed);
    }
  });

  test("truncated: cut short in the first answer, or until the whole one is listed", async () => {
    const { served, faults } = await openWith("truncated");
    await using _ = served;
    const added: ListLine[][] = [];
    let known = 0;
    for (let slice = 0; slice < SLICES; slice++) {
      if (slice > 0) await served.feed.publishNext();
      const lines = await served.lines("masterfilelist.txt");
      added.push(lines.slice(known));
      known = lines.length;
      for (const [name, fault] of faults) {
        assert(fault.kind === "truncated");
        if (fault.slicesLater === null || fault.slice > slice) continue;
        const { bytes } = await served.get(name);
        const listed = lines.findLast((line) => line.name === name)!;
        assert(agrees(listed, bytes), "the newest line is that of what is served");
        if (slice < fault.slice + fault.slicesLater) {
          await assert.rejects(unpacked(name, bytes), { reason: "zip_truncated" });
        } else assert.deepEqual(await unpacked(name, bytes), faultless(name));
      }
    }
    for (const [name, fault] of faults) {
      assert(fault.kind === "truncated");
      const { slice, slicesLater } = fault;
      const listings = slicesLater === null ? [slice] : [slice, slice + slicesLater];
      assert.deepEqual(listedIn(added, name), listings, name);
      if (slicesLater !== null) continue;
      const listed = added.flat().find((line) => line.name === name)!;
      const head = await served.get(name, { method: "HEAD" });
      const first = await served.get(name);
      assert.notEqual(first.headers.get("etag"), head.headers.get("etag"));
      assert.equal(first.bytes.length, Math.floor(listed.size * fault.share));
      await assert.rejects(unpacked(name, first.bytes), { reason: "zip_truncated" });
      for (let again = 0; again < 2; again++) {
        assert(agrees(listed, (await served.get(name)).bytes));
      }
    }
  });

  test("bad-md5: the file is good, its line is so only when it is listed once more", async () => {
    const { served, faults } = await openWith("bad-md5");
    await using _ = served;
    const added = await publishAll(served);
    for (const [name, fault] of faults) {
      assert(fault.kind === "bad-md5");
      const { slice, slicesLater } = fault;
      assert.deepEqual(listedIn(added, name), [slice, slice + slicesLater], name);
      const [wrong, right] = added.flat().filter((line) => line.name === name);
      const { bytes } = await served.get(name);
      assert.deepEqual(await unpacked(name, bytes), faultless(name));
      assert(agrees(right!, bytes));
      assert.equal(wrong!.size, right!.size);
      assert.notEqual(wrong!.md5, right!.md5);
    }
  });

  test("duplicate: rows come twice, and so does the line of the master list", async () => {
    const { served, faults } = await openWith("duplicate");
    await using _ = served;
    const added = await publishAll(served);
    for (const [name, fault] of faults) {
      assert(fault.kind === "duplicate");
      assert.deepEqual(listedIn(added, name), [fault.slice, fault.slice], name);
      const { bytes } = await served.get(name);
      assert(agrees(added.flat().find((line) => line.name === name)!, bytes));
      const [found, own] = [rowsIn(await unpacked(name, bytes)), rowsIn(faultless(name))];
      assert.equal(found.length, own.length + Math.min(fault.rows, own.length));
      assert.deepEqual([...new Set(found)], own);
    }
    const last = await served.lines("lastupdate.txt");
    assert.equal(last.length, 3, "the last update names each file once");
  });

  test("malformed: there are so many rows more", async () => {
    const { served, faults } = await openWith("malformed");
    await using _ = served;
    await publishAll(served);
    for (const [name, fault] of faults) {
      assert(fault.kind === "malformed");
      const found = rowsIn(await unpacked(name, (await served.get(name)).bytes));
      assert.equal(found.length, rowsIn(faultless(name)).length + fault.rows);
    }
  });

  test("zero: a zip of some 170 bytes with an empty file", async () => {
    const { served, faults } = await openWith("zero");
    await using _ = served;
    const added = await publishAll(served);
    for (const name of faults.keys()) {
      const { bytes } = await served.get(name);
      assert(bytes.length < 200);
      assert(agrees(added.flat().find((line) => line.name === name)!, bytes));
      assert.equal((await unpacked(name, bytes)).length, 0);
    }
  });

  test("collapsed: GKG has its first rows only, the other feeds have all", async () => {
    const { served, faults } = await openWith("collapsed");
    await using _ = served;
    await publishAll(served);
    for (let slice = 0; slice < SLICES; slice++) {
      for (const feed of ["events", "mentions", "gkg"]) {
        const name = nameOf(slice, feed);
        const fault = faults.get(name);
        const found = rowsIn(await unpacked(name, (await served.get(name)).bytes));
        assert.equal(fault?.kind, feed === "gkg" ? "collapsed" : undefined);
        const rows = fault?.kind === "collapsed" ? fault.rows : undefined;
        assert.deepEqual(found, rowsIn(faultless(name)).slice(0, rows));
        assert(found.length <= 13 || rows === undefined);
      }
    }
  });

  test("flaky: an error, a broken or a slow answer, and then a good one", async () => {
    const waits: number[] = [];
    const wait = async (waitMs: number) => {
      waits.push(waitMs);
    };
    const { served, faults } = await openWith("flaky", { wait });
    await using _ = served;
    await publishAll(served);
    const seen = new Set<string>();
    const expectedWaits: number[] = [];
    for (const [name, fault] of faults) {
      assert(fault.kind === "flaky");
      seen.add(fault.how);
      const head = await served.get(name, { method: "HEAD" });
      assert.equal(head.status, 200, "HEAD is no first answer");
      if (fault.how === "reset") await assert.rejects(served.get(name), TypeError);
      else if (fault.how === "slow") {
        expectedWaits.push(fault.waitMs);
        assert.equal((await served.get(name)).status, 200);
      } else assert.equal((await served.get(name)).status, Number(fault.how));
      const { status, bytes } = await served.get(name);
      assert.equal(status, 200);
      assert.deepEqual(await unpacked(name, bytes), faultless(name));
    }
    assert.deepEqual([...seen].sort(), ["500", "503", "reset", "slow"]);
    assert.deepEqual(waits, expectedWaits);
  });

  test("html: a page instead of the file, once, which is no answer to conditions", async () => {
    const { served, faults } = await openWith("html");
    await using _ = served;
    await publishAll(served);
    for (const name of faults.keys()) {
      const etag = (await served.get(name, { method: "HEAD" })).headers.get("etag")!;
      const known = await served.get(name, { headers: { "if-none-match": etag } });
      assert.equal(known.status, 304);
      const first = await served.get(name);
      assert.equal(first.status, 200);
      assert.equal(first.headers.get("content-type"), "text/html");
      assert.match(first.bytes.toString(), /^<!DOCTYPE html>/);
      const { bytes } = await served.get(name);
      assert.deepEqual(await unpacked(name, bytes), faultless(name));
    }
  });

  test("all of them: who believes the newest line and asks again has all but what is lost", async () => {
    const rates = parseFaultRates("all=0.08");
    const spec = { seed: STREAM.seed, rates, slices: 40 };
    await using served = await Served.open({ rates, slices: spec.slices });
    while (served.feed.newest < spec.slices - 1) await served.feed.publishNext();
    const newest = new Map(
      (await served.lines("masterfilelist.txt")).map((line) => [line.name, line]),
    );
    const kinds = new Set<string>();
    for (let slice = 0; slice < spec.slices; slice++) {
      const plan = faultPlan(spec, slice);
      for (const { name: feed } of ENGLISH_FEEDS) {
        const fault = plan.get(feed);
        if (fault) kinds.add(fault.kind);
        const found = await fetched(served, newest.get(nameOf(slice, feed)));
        const own = rowsIn(faultless(nameOf(slice, feed)));
        const good = found === null ? null : rowsIn(found).filter((row) => own.includes(row));
        if (fault?.kind === "missing" || fault?.kind === "listed-404") assert.equal(found, null);
        else if (fault?.kind === "zero") assert.deepEqual(good, []);
        else if (fault?.kind === "collapsed") assert.deepEqual(good, own.slice(0, fault.rows));
        else assert.deepEqual([...new Set(good)], own, `${feed} of slice ${slice}`);
      }
    }
    assert.equal(kinds.size, 11, `only ${[...kinds].join(", ")}`);
  });

  /** The content of a listed file, in at most three attempts; null if there is none. */
  async function fetched(served: Served, line: ListLine | undefined): Promise<Buffer | null> {
    for (let attempt = 0; line !== undefined && attempt < 3; attempt++) {
      const reply = await served.get(line.name).catch(() => null);
      if (reply?.status === 200 && agrees(line, reply.bytes)) {
        return unpacked(line.name, reply.bytes);
      }
    }
    return null;
  }

  test("are for another seed others, for the same the same bytes", async () => {
    const rates = parseFaultRates("all=0.08");
    const everything = async (seed: number) => {
      await using served = await Served.open({ rates, slices: SLICES, seed });
      while (served.feed.newest < SLICES - 1) await served.feed.publishNext();
      return (await served.lines("masterfilelist.txt")).map(plain);
    };
    const once = await everything(5);
    assert.deepEqual(await everything(5), once);
    assert.notDeepEqual(await everything(6), once);
    assert(once.every((line) => parseSliceFileName(line.split(" ")[2]!)!.sliceMs >= START_MS));
  });
});
