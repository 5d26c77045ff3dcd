import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { martServerUrl } from "../../src/app/mart-place.ts";
import { ConfigError } from "../../src/record/errors.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-mart-place-"));
after(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  delete process.env["GDELT_STREAMS_MART_URL"];
  delete process.env["GDELT_STREAMS_MART_URL_FILE"];
});

test("the address of a mart is what is given", () => {
  process.env["GDELT_STREAMS_MART_URL"] = "postgres://other/mart";
  assert.equal(martServerUrl("postgres://owner@host/mart"), "postgres://owner@host/mart");
});

test("it may be in the environment, or in a file as secrets are", () => {
  assert.equal(martServerUrl(undefined), null);
  process.env["GDELT_STREAMS_MART_URL"] = "postgres://owner@host/mart";
  assert.equal(martServerUrl(undefined), "postgres://owner@host/mart");
  delete process.env["GDELT_STREAMS_MART_URL"];
  const file = path.join(folder, "mart_url");
  writeFileSync(file, "postgres://owner:secret@host/mart\n");
  process.env["GDELT_STREAMS_MART_URL_FILE"] = file;
  assert.equal(martServerUrl(undefined), "postgres://owner:secret@host/mart");
});

test("an embedded mart is no server, and anything else no mart", () => {
  assert.equal(martServerUrl("pglite"), null);
  assert.throws(() => martServerUrl("mysql://host/mart"), ConfigError);
});
