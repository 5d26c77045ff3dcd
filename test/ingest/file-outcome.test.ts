import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Absence } from "../../src/ingest/file-outcome.ts";
import type { LogEntry } from "../../src/ingest/slice-entry.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { FeedFileError } from "../../src/sources/feed-file.ts";
import { oneRow } from "../sources/log-records.ts";
import {
  damaged,
  entries,
  fileOf,
  newLog,
  OPTIONS,
  openPublisher,
  readContent,
  rowsOf,
  sliceOf,
} from "./published.ts";

const ALL = OPTIONS.feeds;
const S1 = "20150218230000";

const outcomes = async (log: Log): Promise<string[]> =>
  (await entries(log)).map((entry: LogEntry) =>
    !("slice" in entry) ? "end" : `${entry.attempt} ${entry.feed} ${entry.outcome}`,
  );

/** The GKG file has so many rows, and the events these ids. */
const content = (documents: number, ids: readonly number[]) => async (path: string) => {
  if (path.endsWith("gkg")) return fileOf(path, "x\ty\n".repeat(documents));
  return fileOf(path, path.endsWith("events") ? ids.map((id) => `${id}\trow\n`).join("") : "m\n");
};

describe("the outcome of a file", () => {
  test("usual files are ok, and remarkable ones are named", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    await publisher.publish(sliceOf("20150218230000", ALL), content(14, [5, 6]));
    await publisher.publish(sliceOf("20150218231500", ALL), content(13, [7, 9]));
    await publisher.publish(sliceOf("20150218233000", ALL), content(0, []));
    assert.deepEqual(await outcomes(log), [
      ...["1 events ok", "1 mentions ok", "1 gkg ok"],
      ...["1 events not_contiguous", "1 mentions ok", "1 gkg collapsed"],
      ...["1 events empty", "1 mentions ok", "1 gkg empty"],
    ]);
    assert.equal((await rowsOf(log, "events")).length, 4, "a gap rejects nothing");
  });

  test("files that are missing, rejected, unchanged or too old say why", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    const absences = new Map<string, Absence>([["gkg", "listed_404"]]);
    const read = async (path: string) => {
      if (path.endsWith("mentions")) throw damaged(path);
      return readContent(path);
    };
    await publisher.publish(sliceOf(S1, ["events", "mentions"]), read, absences);
    await publisher.publish(sliceOf(S1, ["mentions"]), readContent);
    await publisher.publish(sliceOf("20150101000000", ["gkg"]), readContent);
    assert.deepEqual(await outcomes(log), [
      ...["1 events ok", "1 mentions not_a_zip", "1 gkg listed_404"],
      ...["2 events unchanged", "2 mentions ok", "2 gkg unchanged"],
      ...["0 gkg too_old"],
    ]);
  });

  test("an entry from before outcomes were recorded has none", async () => {
    const log = await newLog();
    await (await openPublisher(log)).publish(sliceOf(S1, ALL), readContent);
    const [entry] = await entries(log);
    const { outcome, ...old } = entry as { readonly outcome: unknown };
    assert.equal(outcome, "ok");
    const older = await newLog();
    const bytes = Buffer.from(JSON.stringify(old));
    const producer = await older.producer("older");
    await producer.send(oneRow({ topic: "gdelt.slices" }, bytes));
    await producer.commit();
    assert.deepEqual(await entries(older), [{ ...old, outcome: null }]);
    assert.equal((await openPublisher(older)).published.open.size, 1);
  });

  test("a download refused for its list's sake is published when the list agrees", async () => {
    const log = await newLog();
    const publisher = await openPublisher(log);
    const mismatched = async (path: string) => {
      const file = await readContent(path);
      if (!path.endsWith("gkg")) return file;
      throw new FeedFileError(file, "md5_mismatch", "another MD5 than listed");
    };
    await publisher.publish(sliceOf(S1, ALL), mismatched);
    const again = await publisher.publish(sliceOf(S1, ALL), mismatched);
    assert.equal(again.outcome, "unchanged");
    const path = `${S1}.gkg`;
    const { checksum } = await readContent(path);
    const { sliceMs } = sliceOf(S1, []);
    assert.equal(publisher.published.hasFile(sliceMs, "gkg", checksum), false);
    await publisher.publish(sliceOf(S1, ALL), readContent);
    assert.equal(publisher.published.hasFile(sliceMs, "gkg", checksum), true);
    assert.deepEqual((await outcomes(log)).slice(2), [
      ...["1 gkg md5_mismatch", "2 events unchanged", "2 mentions unchanged", "2 gkg collapsed"],
    ]);
  });
});
