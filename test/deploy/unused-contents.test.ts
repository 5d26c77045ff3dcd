import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import { unusedContents } from "../../src/deploy/unused-contents.ts";

const spec = (configs: readonly string[], secrets: readonly string[] | null) => ({
  TaskTemplate: {
    ContainerSpec: {
      Configs: configs.map((ConfigName) => ({ ConfigName })),
      Secrets: secrets?.map((SecretName) => ({ SecretName })) ?? null,
    },
  },
});

test("what a service mounts, or would after a rollback, is in use; all else is not", () => {
  const services = [
    { Spec: spec(["now"], ["key"]), PreviousSpec: spec(["before"], null) },
    { Spec: spec(["other"], null) },
  ] as unknown as DeployedService[];
  const there = { configs: ["now", "before", "long ago", "other"], secrets: ["key", "old key"] };
  assert.deepEqual(unusedContents(there, services), {
    configs: ["long ago"],
    secrets: ["old key"],
  });
  assert.deepEqual(unusedContents(there, []), there);
});
