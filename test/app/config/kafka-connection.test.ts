import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { loadConfiguration } from "../../../src/app/config/configuration.ts";
import { kafkaConnection } from "../../../src/app/config/kafka-connection.ts";
import { ConfigError } from "../../../src/record/errors.ts";

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-connection-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const connectionOf = (environment: Readonly<Record<string, string>>) =>
  kafkaConnection(
    loadConfiguration({
      file: null,
      environment: {
        GDELT_STREAMS_BOOTSTRAP_SERVERS: "a:1,b:2",
        GDELT_STREAMS_CHECKPOINT_STORE: "c",
        GDELT_STREAMS_LAKE_LOCATION: "l",
        ...environment,
      },
    }).settings,
  );

test("without a protocol the brokers are spoken to plainly", () => {
  const connection = connectionOf({});
  assert.deepEqual(connection.brokers, ["a:1", "b:2"]);
  assert.deepEqual(["tls" in connection, "sasl" in connection], [false, false]);
});

test("a login over TLS has the mechanism, and the certificates of the files", () => {
  const ca = path.join(scratch, "ca.pem");
  writeFileSync(ca, "certificate");
  const { tls, sasl } = connectionOf({
    GDELT_STREAMS_SECURITY_PROTOCOL: "SASL_SSL",
    GDELT_STREAMS_SASL_MECHANISM: "SCRAM-SHA-512",
    GDELT_STREAMS_SASL_USERNAME: "ann",
    GDELT_STREAMS_SASL_PASSWORD: "ann's",
    GDELT_STREAMS_SSL_CA_LOCATION: ca,
  });
  assert.deepEqual(sasl, { mechanism: "scram-sha-512", username: "ann", password: "ann's" });
  assert.deepEqual(tls, { ca: "certificate" });
});

test("TLS needs no file, but one that is named must be there", () => {
  const environment = { GDELT_STREAMS_SECURITY_PROTOCOL: "SSL" };
  assert.deepEqual(connectionOf(environment).tls, {});
  assert.throws(
    () => connectionOf({ ...environment, GDELT_STREAMS_SSL_CA_LOCATION: "/no/ca.pem" }),
    (error) => error instanceof ConfigError && /^ssl\.ca\.location: \/no\/ca/.test(error.message),
  );
});
