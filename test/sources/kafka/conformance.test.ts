import { test } from "node:test";
import type { AdministeredLog } from "../../../src/runtime/log-admin.ts";
import type { KafkaLogOptions } from "../../../src/sources/kafka/kafka-log-options.ts";
import { service } from "../../services/service.ts";
import { logAdminSuite } from "../log-admin-suite.ts";
import { logSuite } from "../log-suite.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";
import { NamespacedLog } from "./namespaced-log.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);

function conformance(name: string, options: Partial<KafkaLogOptions>): void {
  if (kafka === null) {
    test(name, { skip }, () => {});
    return;
  }
  let shared: Promise<AdministeredLog> | null = null;
  const open = async () => {
    shared ??= kafka.open(options);
    return { log: new NamespacedLog(await shared, kafka.name()), dispose: async () => {} };
  };
  logSuite(name, open, { traits: { givesOffsets: "at-send" }, runs: 20 });
  logAdminSuite(name, open);
}

conformance("Kafka with zstd", { compression: "zstd" });
conformance("Kafka with small batches, not compressed", {
  compression: "none",
  batchBytesMax: 400,
});
