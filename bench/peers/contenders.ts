import { ConfigError } from "../../src/record/errors.ts";
import type { Contender } from "./contender.ts";
import { duckdb } from "./duckdb.ts";
import { javaConsumer } from "./java-consumer.ts";
import { kafkaStreams } from "./kafka-streams.ts";
import { oursOnKafka } from "./ours-kafka.ts";
import { oursReplay } from "./ours-replay.ts";
import { spark } from "./spark.ts";

/** Side by side what is compared: a machine is not equally busy all the time. */
const CONTENDERS: readonly Contender[] = [
  duckdb,
  oursReplay,
  javaConsumer,
  kafkaStreams("exactly_once_v2"),
  oursOnKafka({ guarantee: "exactly_once", threads: 2, lake: false }),
  kafkaStreams("at_least_once"),
  oursOnKafka({ guarantee: "at_least_once", threads: 2, lake: false }),
  oursOnKafka({ guarantee: "exactly_once", threads: 1, lake: false }),
  oursOnKafka({ guarantee: "at_least_once", threads: 1, lake: false }),
  spark,
  oursOnKafka({ guarantee: "exactly_once", threads: 2, lake: true }),
  oursOnKafka({ guarantee: "exactly_once", threads: 1, lake: true }),
];

/** Those whose names begin with one of the given; all when none is given. */
export function chosen(only: string | undefined): readonly Contender[] {
  if (only === undefined) return CONTENDERS;
  const prefixes = only.split(",");
  for (const prefix of prefixes) {
    if (CONTENDERS.some(({ name }) => name.startsWith(prefix))) continue;
    const names = CONTENDERS.map(({ name }) => name).join(", ");
    throw new ConfigError(`there is no contender ${prefix}; there are ${names}`);
  }
  return CONTENDERS.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
}
