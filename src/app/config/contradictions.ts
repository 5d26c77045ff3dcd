import { isLoopback } from "../../inspector/http/access.ts";
import type { OptionName } from "./catalogue.ts";
import type { Configuration } from "./configuration.ts";

const DAY_MS = 86_400_000;

/** What each value alone allows, and all of them together do not; a sentence each. */
export function contradictions({ settings, sources }: Configuration): string[] {
  const problems: string[] = [];
  const given = (name: OptionName) => sources[name].origin !== null;
  const complain = (name: OptionName, problem: string) =>
    void problems.push(given(name) ? `${sources[name].origin}: ${problem}` : problem);
  const protocol = settings["security.protocol"];
  const login = ["sasl.username", "sasl.password"] as const;
  const hasLogin = protocol.startsWith("SASL_");
  const hasTls = protocol.endsWith("SSL");
  for (const name of login) {
    if (hasLogin && settings[name] === null) {
      complain("security.protocol", `${protocol} takes ${name} too`);
    }
  }
  const onlyForTls = [
    ...(["ssl.ca.location", "ssl.certificate.location"] as const),
    ...(["ssl.key.location", "ssl.key.password"] as const),
  ];
  for (const name of [...(hasLogin ? [] : login), ...(hasTls ? [] : onlyForTls)]) {
    if (given(name)) complain(name, `${name} has no effect with security.protocol ${protocol}`);
  }
  for (const [one, other] of [
    ["ssl.certificate.location", "ssl.key.location"],
    ["s3.access.key", "s3.secret.key"],
    ["inspector.tls.cert", "inspector.tls.key"],
  ] as const) {
    if ((settings[one] === null) === (settings[other] === null)) continue;
    const [set, missing] = settings[one] === null ? [other, one] : [one, other];
    complain(set, `${set} takes ${missing} too`);
  }
  const inspector = settings["inspector.address"];
  if (inspector !== "off" && !isLoopback(inspector.host)) {
    const isReached = `${inspector.host} can be reached by others`;
    if (settings["inspector.token"] === null) {
      complain("inspector.address", `${isReached}: set inspector.token`);
    }
    if (settings["inspector.tls.cert"] === null && !settings["inspector.plaintext"]) {
      complain(
        "inspector.address",
        `${isReached}, and the token could be read on the way: set inspector.tls.cert and ` +
          "inspector.tls.key, or inspector.plaintext: true",
      );
    }
  }
  if (settings["heartbeat.interval.ms"] * 2 > settings["session.timeout.ms"]) {
    complain(
      "heartbeat.interval.ms",
      "heartbeat.interval.ms is at most half of session.timeout.ms",
    );
  }
  const martMs = settings["mart.retention"];
  if (martMs !== null) {
    if (settings["mart.url"] === null || !settings["upkeep.enabled"]) {
      complain("mart.retention", "mart.retention takes mart.url, and upkeep.enabled: true");
    } else if (!settings["lake.enabled"]) {
      complain(
        "mart.retention",
        "mart.retention takes lake.enabled: true, since upkeep is of both",
      );
    } else if (martMs < settings["silver.event.retention"] + DAY_MS) {
      complain(
        "mart.retention",
        "mart.retention is at least a day more than silver.event.retention: until then rows of a day come",
      );
    }
  }
  return problems;
}
