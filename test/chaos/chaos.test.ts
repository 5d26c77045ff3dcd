import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { kafkaCluster } from "../../scripts/services/kafka.ts";
import { pythonReaders } from "../python-readers.ts";
import { service } from "../services/service.ts";
import { INVARIANTS } from "./invariants/all-invariants.ts";
import { runScenario } from "./run-scenario.ts";
import { SCENARIOS } from "./scenarios/all-scenarios.ts";

const { connection: bucket, skip: noBucket } = await service("minio");
const skip =
  noBucket ||
  (!(await kafkaCluster(1).software.isInstalled()) && "Kafka is not installed") ||
  ((await pythonReaders()) === null && "no Python with delta-rs and DuckDB");

const { connection: database } = await service("postgres");
const seed = Number(process.env["STREAMS_SEED"] ?? 1);
const REPLICAS = 3;

describe("all invariants hold after", { skip }, () => {
  for (const scenario of SCENARIOS) {
    test(`${scenario.name}: ${scenario.says} (STREAMS_SEED=${seed})`, async (t) => {
      const said: string[] = [];
      const report = await runScenario({
        ...{ scenario, seed, bucket: bucket!, replicas: REPLICAS },
        postgres: database?.url ?? null,
        disturbMs: scenario.shortMs,
        say: (line) => said.push(line),
      });
      const { violations, faults, takeovers, commits, recoveryS, seconds } = report;
      const broken = Object.values(violations).flat();
      const told = `${said.join("\n")}\n${JSON.stringify(report, null, 2)}`;
      assert.deepEqual(broken, [], told);
      assert.equal(Object.keys(violations).length, INVARIANTS.length);
      assert.ok(faults.length > 0 && commits > 0, told);
      t.diagnostic(
        `${faults.length} faults, ${commits} commits, ${takeovers} takeovers, ` +
          `recovered in ${recoveryS} s, ${seconds} s in all`,
      );
    });
  }
});
