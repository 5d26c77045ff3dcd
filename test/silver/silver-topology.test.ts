import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { describe } from "../../src/topology/describe.ts";

const golden = fileURLToPath(new URL("../golden/silver-topology.txt", import.meta.url));

// A changed name here is a migration: state and offsets are found again by it.
test("the Silver topology is the one whose state is in the field", (t) => {
  const text = describe(silverTopology(SILVER_DEFAULTS));
  t.assert.fileSnapshot(text, golden, { serializers: [(value: string) => value] });
});
