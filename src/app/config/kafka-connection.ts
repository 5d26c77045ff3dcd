import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { ConfigError } from "../../record/errors.ts";
import type { KafkaConnection } from "../log-place.ts";
import type { Settings } from "./catalogue.ts";

type Sasl = NonNullable<KafkaConnection["sasl"]>;

/** How the brokers are reached, with the certificates that the settings name. @throws ConfigError */
export function kafkaConnection(settings: Settings): KafkaConnection {
  const protocol = settings["security.protocol"];
  const replicationFactor = settings["replication.factor"];
  return {
    brokers: settings["bootstrap.servers"],
    clientId: settings["client.id"],
    requestTimeoutMs: settings["request.timeout.ms"],
    patienceMs: settings["default.api.timeout.ms"],
    transactionTimeoutMs: settings["transaction.timeout.ms"],
    compression: settings["compression.type"],
    ...(replicationFactor !== null && { replicationFactor }),
    ...(protocol.endsWith("SSL") && { tls: tlsOf(settings) }),
    ...(protocol.startsWith("SASL_") && { sasl: saslOf(settings) }),
  };
}

function tlsOf(settings: Settings): ConnectionOptions {
  const ca = pemOf(settings, "ssl.ca.location");
  const cert = pemOf(settings, "ssl.certificate.location");
  const key = pemOf(settings, "ssl.key.location");
  const passphrase = settings["ssl.key.password"];
  return {
    ...(ca !== null && { ca }),
    ...(cert !== null && { cert }),
    ...(key !== null && { key }),
    ...(passphrase !== null && { passphrase }),
  };
}

function pemOf(
  settings: Settings,
  name: "ssl.ca.location" | "ssl.certificate.location" | "ssl.key.location",
): string | null {
  const file = settings[name];
  if (file === null) return null;
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const problem = (cause as Error).message;
    throw new ConfigError(`${name}: ${file} cannot be read (${problem})`, { cause });
  }
}

/** What is missing has been complained of when the settings were read. */
const saslOf = (settings: Settings): Sasl => ({
  mechanism: settings["sasl.mechanism"].toLowerCase() as Sasl["mechanism"],
  username: settings["sasl.username"]!,
  password: settings["sasl.password"]!,
});
