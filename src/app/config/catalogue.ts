import { type Option, option, optional, required, secret, type ValueOf } from "./option.ts";
import {
  address,
  duration,
  durationBetween,
  flag,
  list,
  listenAddress,
  oneOf,
  place,
  servers,
  text,
  wholeNumber,
} from "./value-type.ts";

/*
 * Everything that can be set, and all that is known of it: the types, the messages, the example and
 * the documents are made of this. A name is that of Kafka Streams or its clients where they have one.
 */

/** Of `start` too. */
export const DEFAULT_INSPECTOR_ADDRESS = "127.0.0.1:9470+";

const application = {
  "application.id": option(
    text,
    "gdelt-silver",
    "Names the consumer group, the producers, the checkpoints and the positions in the tables. Replicas with the same name share the work.",
  ),
  "processing.guarantee": option(
    oneOf("exactly_once", "at_least_once"),
    "exactly_once",
    "`at_least_once` does without transactions: after a failure rows may be there twice, and none is missing.",
  ),
  "num.stream.threads": option(
    wholeNumber(1, 64),
    "1",
    "Worker threads of a replica. More than there are processors do not help.",
  ),
  "num.standby.replicas": option(
    wholeNumber(0, 16),
    "0",
    "Other replicas that hold the state of each task ready on their disks, for a takeover within seconds.",
  ),
  "task.timeout.ms": option(
    wholeNumber(1000, 86_400_000),
    "300000",
    "How long a task may fail in a row, of brokers or the checkpoint store, before its replica gives up. Tables may fail for as long as they like.",
  ),
  "thread.heap.max.mb": option(
    wholeNumber(64, 65_536),
    "1024",
    "Largest JavaScript heap of a worker thread, in MiB. Rows and state are beside it.",
  ),
  "shutdown.timeout.ms": option(
    wholeNumber(100, 3_600_000),
    "30000",
    "How long a stop may take to finish what is at hand; after that the process ends with code 1.",
  ),
} as const;

const kafka = {
  "bootstrap.servers": required(list, "Brokers to ask first, `host:port` each."),
  "client.id": option(text, "gdelt-streams", "What the brokers call this process in their logs."),
  "security.protocol": option(
    oneOf("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "PLAINTEXT",
    "How brokers are spoken to: with TLS (`SSL`), with a login (`SASL`), both or neither.",
  ),
  "ssl.ca.location": optional(
    text,
    "File with the certificates (PEM) of who vouches for the brokers; without it the usual authorities.",
  ),
  "ssl.certificate.location": optional(
    text,
    "File with the certificate (PEM) shown to the brokers.",
  ),
  "ssl.key.location": optional(text, "File with the key (PEM) of that certificate."),
  "ssl.key.password": secret(optional(text, "What the key is locked with.")),
  "sasl.mechanism": option(
    oneOf("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "PLAIN",
    "How the login goes, where `security.protocol` asks for one.",
  ),
  "sasl.username": optional(text, "Who logs in."),
  "sasl.password": secret(optional(text, "The password of `sasl.username`.")),
  "request.timeout.ms": option(
    wholeNumber(1000, 600_000),
    "30000",
    "How long a broker may take to answer a request.",
  ),
  "default.api.timeout.ms": option(
    wholeNumber(1000, 600_000),
    "30000",
    "How long something is tried again with the brokers before the task goes back to its last commit.",
  ),
  "transaction.timeout.ms": option(
    wholeNumber(5000, 900_000),
    "60000",
    "A transaction that is open for longer is aborted by the brokers, and its task starts again.",
  ),
  "compression.type": option(
    oneOf("zstd", "gzip", "none"),
    "zstd",
    "How records are packed that are sent.",
  ),
} as const;

const group = {
  "session.timeout.ms": option(
    wholeNumber(1000, 1_800_000),
    "10000",
    "A thread that is silent for longer is given up by the group, and others get its tasks.",
  ),
  "heartbeat.interval.ms": option(
    wholeNumber(100, 600_000),
    "1000",
    "How often a thread tells the group that it lives; at most half of `session.timeout.ms`.",
  ),
  "max.poll.interval.ms": option(
    wholeNumber(1000, 3_600_000),
    "300000",
    "A thread that does not come round for longer leaves the group: it hangs.",
  ),
  "group.instance.id": optional(
    text,
    "Name of this replica, no other's. One that is back within `session.timeout.ms` has its tasks again, and the others are not bothered.",
  ),
} as const;

const topics = {
  partitions: option(
    wholeNumber(1, 64),
    "4",
    "Of each topic that is created: as many tasks can run side by side. Fixed once topics are there.",
  ),
  "replication.factor": optional(
    wholeNumber(1, 15),
    "Of topics that are created; without it three, or as many as there are brokers.",
  ),
} as const;

const joins = {
  "source.keyed": option(
    flag,
    "true",
    "Whether each row of the raw topics lies where Kafka's partitioner puts its key column. If not, rows go through a topic of our own first.",
  ),
  "source.markers": option(
    oneOf("required", "none"),
    "required",
    "Whether end markers say when a slice is whole: `feed` writes them, other producers do not. Without them the stamps of the rows decide.",
  ),
  "source.grace": option(
    duration,
    "15m",
    "Without markers: a slice waits until stamps are so far past its end; what is later re-opens it.",
  ),
  "source.idle.timeout": option(
    duration,
    "1m",
    "Without markers: a partition that has been silent for so long is not waited for.",
  ),
  translation: option(
    flag,
    "false",
    "Follow the three translation feeds too. The producer and all replicas must agree.",
  ),
  "silver.event.retention": option(
    duration,
    "8d",
    "How long an event waits for its mentions, in event time; raw topics are kept as long.",
  ),
  "bronze.enabled": option(
    flag,
    "true",
    "Keep every published row in tables of its own; an audit needs them.",
  ),
} as const;

const places = {
  "state.dir": option(
    text,
    "state",
    "Folder of this replica for state that has left memory, and for copies of checkpoints. It may be lost.",
  ),
  "state.memory.max.mb": option(
    wholeNumber(1, 65_536),
    "48",
    "Memory for the state of each thread, in MiB, beside the indexes of all of it; what was used least recently lies in `state.dir`.",
  ),
  "state.copies.max.mb": option(
    wholeNumber(1, 1_048_576),
    "4096",
    "Copies of checkpoints in `state.dir`, in MiB: what is there need not be fetched after a restart, or by a standby that takes over.",
  ),
  "checkpoint.store": required(
    place,
    "Where the checkpoints of all tasks are: every replica must reach it. A folder on one machine, a bucket otherwise.",
  ),
  "commit.interval.ms": option(
    wholeNumber(10, 60_000),
    "1000",
    "A task with work that is not committed commits so often; besides, when a slice closes, but then twice a second at most.",
  ),
  "lake.location": required(place, "Where the Delta tables are, for all replicas alike."),
  "lake.enabled": option(
    flag,
    "true",
    "Whether there are any: without them what is joined is in the Silver topics, and no further.",
  ),
  "table.commit.interval.ms": option(
    wholeNumber(10, 3_600_000),
    "10000",
    "A table commits when a row has waited so long. Shorter: fresher rows, and more and smaller files.",
  ),
  "mart.url": secret(
    optional(
      address(["postgres:", "postgresql:"], "postgres://user:password@host:port/database"),
      "A Postgres to keep the mart in; without it there is no mart.",
    ),
  ),
} as const;

/** The longest that a timer can wait is 24 days. */
const EVERY = durationBetween("1s", "20d");

/**
 * Shorter, and a clean-up could take a file that a writer has stored and not committed yet, or commits that
 * one has not seen: it looks once an hour at least.
 */
const KEPT = durationBetween("2h", "3650d");

const upkeep = {
  "upkeep.enabled": option(
    flag,
    "true",
    "Whether the replicas look after the tables by themselves: one of them, beside the joins, with some 600 MiB more while it is at it. Otherwise `lake compact` and `lake vacuum` have to be run.",
  ),
  "upkeep.interval": option(
    EVERY,
    "1h",
    "From one turn to the next; the first comes some time within it.",
  ),
  "lake.compact.small.mb": option(
    wholeNumber(1, 128),
    "32",
    "Files below so many MiB are small, and are put together to files of up to twice as many.",
  ),
  "lake.compact.small.files": option(
    wholeNumber(1, 100_000),
    "24",
    "A day of a table is compacted when it has more small files; and when it has two, and nothing has been written to it for 6 hours.",
  ),
  "lake.file.retention": optional(
    KEPT,
    "Files that are no longer in a table are kept so long, for readers of older versions and writers at work. Becomes a property of the tables; without it what they say, else a week.",
  ),
  "lake.log.retention": optional(
    KEPT,
    "Versions can be read for so long, as far as their files are there. Becomes a property of the tables; without it what they say, else 30 days.",
  ),
  "mart.retention": optional(
    duration,
    "Days of the mart that ended so long before its newest are dropped, at least a day more than `silver.event.retention`; without it they are kept. The lake is not touched by it.",
  ),
} as const;

const s3 = {
  "s3.endpoint": optional(
    address(["http:", "https:"], "http://minio:9000"),
    "URL of the S3 service; without it `AWS_ENDPOINT_URL`, then AWS itself.",
  ),
  "s3.region": optional(text, "Without it `AWS_REGION`, then `us-east-1`."),
  "s3.access.key": optional(
    text,
    "Id of the key; without it what the AWS SDK finds (`AWS_ACCESS_KEY_ID`, a profile, the machine's role).",
  ),
  "s3.secret.key": secret(optional(text, "The key of `s3.access.key`.")),
} as const;

const feed = {
  "feed.source": option(
    text,
    "live",
    "What `feed` follows: `live` (GDELT), the address of a server that speaks as GDELT's does, or a folder of slices.",
  ),
  "feed.poll.interval": optional(
    duration,
    "How often `feed` asks for something new; without it 60s, of a folder 2s.",
  ),
  "feed.missing.after": option(
    duration,
    "30m",
    "A file is declared missing when the feed has gone on without it for so long.",
  ),
  "feed.parallel": option(wholeNumber(1, 32), "4", "Files received at a time."),
} as const;

const inspector = {
  "inspector.address": option(
    listenAddress,
    DEFAULT_INSPECTOR_ADDRESS,
    "Where `run` tells over HTTP how it is doing: metrics, health, topology. A `+` behind the port: if it is taken, the next of twenty that is free; the log has the address.",
  ),
  "inspector.token": secret(
    optional(
      text,
      "What whoever asks must show (`Authorization: Bearer …`), but for `/healthz` and `/readyz`. Must be set where others can reach `inspector.address`.",
    ),
  ),
  "inspector.peers": optional(
    servers("http://tasks.gdelt-streams:9470"),
    "Inspectors of all replicas of the application, this one too or not: each then tells of all of them. A name may stand for many, and is looked up whenever they are asked. All have the same `inspector.token`.",
  ),
  "inspector.advertised": optional(
    address(["http:", "https:"], "http://node-1:9470"),
    "URL at which people reach this inspector; only shown.",
  ),
  "inspector.replicas": optional(
    wholeNumber(1, 1000),
    "How many replicas of `run` there should be: only told, as `gdelt_instances_expected`, for an alert where one that is gone is no target of Prometheus any more.",
  ),
  "inspector.tls.cert": optional(
    text,
    "File with the certificate (PEM) of the inspector, and those that vouch for it: it then speaks HTTPS. Read again when it changes.",
  ),
  "inspector.tls.key": optional(text, "File with the key (PEM) of that certificate."),
  "inspector.tls.ca": optional(
    text,
    "File with the certificates (PEM) of who vouches for `inspector.peers`; without it the usual authorities.",
  ),
  "inspector.metrics.kafka-streams-names": option(
    flag,
    "false",
    "Whether `/metrics` has some values a second time, under names of Kafka Streams and of Kafka's lag exporters, for boards that ask for those.",
  ),
  "inspector.plaintext": option(
    flag,
    "false",
    "Whether others may reach `inspector.address` without TLS, token and answers readable on the way: behind a proxy that speaks TLS, or in a network of its own.",
  ),
} as const;

const tracing = {
  "otlp.endpoint": optional(
    address(["http:", "https:"], "http://collector:4318"),
    "A collector that takes traces by OTLP over HTTP, in JSON, at `/v1/traces`: it is told what each stage does with a slice, and how long that takes. Without it nobody is.",
  ),
} as const;

/** By name, in the order in which they are told. */
export const OPTIONS = {
  ...application,
  ...kafka,
  ...group,
  ...topics,
  ...joins,
  ...places,
  ...upkeep,
  ...s3,
  ...feed,
  ...inspector,
  ...tracing,
} as const;

export type OptionName = keyof typeof OPTIONS;

/** The value of every option. */
export type Settings = { readonly [N in OptionName]: ValueOf<(typeof OPTIONS)[N]> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const optionOf = (name: OptionName): Option<unknown> => OPTIONS[name] as Option<unknown>;

/** Options that belong together. */
export interface Chapter {
  readonly title: string;
  readonly names: readonly OptionName[];
}

const chapter = (title: string, options: Partial<typeof OPTIONS>): Chapter => ({
  title,
  names: Object.keys(options) as OptionName[],
});

export const CHAPTERS: readonly Chapter[] = [
  chapter("The application", application),
  chapter("Kafka", kafka),
  chapter("The group", group),
  chapter("Topics", topics),
  chapter("What is joined and kept", joins),
  chapter("State and tables", places),
  chapter("Looking after the tables", upkeep),
  chapter("S3", s3),
  chapter("The feed", feed),
  chapter("The inspector", inspector),
  chapter("Traces", tracing),
];
