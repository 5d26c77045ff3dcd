import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { Ajv2019 } from "ajv/dist/2019.js";
import { parse } from "yaml";
import { silverContract } from "../../scripts/contract/silver-contract.ts";
import { version } from "../../src/app/version.ts";
import { silverEventsSchema, silverMentionsSchema } from "../../src/gdelt/silver-schema.ts";

const root = path.join(import.meta.dirname, "..", "..");
const text = await readFile(path.join(root, "contracts/silver.odcs.yaml"), "utf8");

/** The standard's own, as the package open-data-contract-standard 3.1.2 of PyPI has it. */
const standard = JSON.parse(
  await readFile(path.join(import.meta.dirname, "odcs-v3.1.0.schema.json"), "utf8"),
);
const isContract = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(
  standard,
);

test("the contract is what the columns that are declared make it", async () => {
  assert.equal(text, silverContract(await version()), "node scripts/contract.ts");
});

test("the contract keeps to the Open Data Contract Standard", () => {
  assert.ok(isContract(parse(text)), JSON.stringify(isContract.errors, null, 2));
});

test("what the standard does not know would be found", () => {
  const contract = parse(text);
  contract.schema[0].properties[0].logicalType = "bigint";
  contract.schema[1].nullable = true;
  assert.ok(!isContract(contract));
  const places = isContract.errors!.map(({ instancePath }) => instancePath);
  assert.ok(places.includes("/schema/0/properties/0/logicalType"), `${places}`);
  assert.ok(places.includes("/schema/1"), `${places}`);
});

test("every column of Silver is in it, with a text", () => {
  const [events, mentions] = parse(text).schema;
  for (const [table, schema] of [
    [events, silverEventsSchema],
    [mentions, silverMentionsSchema],
  ] as const) {
    const properties: { name: string; description: string }[] = table.properties;
    assert.deepEqual(
      properties.map(({ name }) => name),
      [...schema.names, "slice_date"],
    );
    assert.deepEqual(
      properties.filter(({ description }) => !description?.endsWith(".")),
      [],
    );
  }
});
