import { mkdir } from "node:fs/promises";
import { MachineMetrics } from "../../inspector/metrics/machine-metrics.ts";
import { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import type { Clock } from "../../record/clock.ts";
import { SILVER_TOPICS } from "../../silver/silver-topology.ts";
import { nodeFileSystem } from "../../sources/embedded-log/file-system.ts";
import { hostProcesses, lockFolder } from "../../sources/embedded-log/folder-lock.ts";
import { openKafkaLog } from "../../sources/kafka/kafka-log.ts";
import { OPTION_NAMES, optionOf, type Settings } from "../config/catalogue.ts";
import { type Configuration, loadConfiguration } from "../config/configuration.ts";
import { printedConfiguration } from "../config/describe-configuration.ts";
import { kafkaConnection } from "../config/kafka-connection.ts";
import { InspectedProcess } from "../inspector/inspected-process.ts";
import { MartWatch } from "../inspector/mart-watch.ts";
import { openInspector } from "../inspector/open-inspector.ts";
import { replicaName } from "../inspector/replica-name.ts";
import { tellWhileWatched, type WatchedLog } from "../inspector/watched-sentences.ts";
import { parseArguments } from "../parse-arguments.ts";
import { stopSignal } from "../stop-signal.ts";
import { version } from "../version.ts";
import { eventPlaces } from "./event-places.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { type Logger, openLogger } from "./logger.ts";
import { type ReplicaEnd, runReplica } from "./replica.ts";

/** `gdelt-streams run`: one replica, until it is stopped; the exit code. */
export async function run(args: string[], clock: Clock): Promise<number> {
  const { values } = parse(args);
  const configuration = loadConfiguration({
    file: values.config ?? null,
    environment: process.env,
  });
  if (values["print-config"]) {
    process.stdout.write(printedConfiguration(configuration));
    return 0;
  }
  const { settings } = configuration;
  const secrets = secretsOf(configuration);
  const logger = openLogger({
    write: (line) => void process.stderr.write(line),
    clock,
    pretty: values.pretty ?? process.stderr.isTTY,
    secrets,
    base: { application: settings["application.id"] },
  });
  const stop = stopSignal("committing what is at hand", (line) => logger.info(line));
  const folder = settings["state.dir"];
  await mkdir(folder, { recursive: true });
  const lock = await lockFolder(nodeFileSystem, folder, hostProcesses, "the state of a replica");
  let end: ReplicaEnd;
  try {
    end = await inspectedReplica({ settings, secrets, logger, stop, clock });
  } finally {
    await lock.release();
  }
  switch (end.kind) {
    case "stopped":
      return 0;
    case "failed":
      return end.failure.isConfig ? 2 : 1;
    case "hung":
      // Its threads would keep the process alive.
      process.exit(1);
  }
}

interface Running {
  readonly settings: Settings;
  /** Texts that nobody is to see. */
  readonly secrets: readonly string[];
  readonly logger: Logger;
  readonly stop: AbortSignal;
  readonly clock: Clock;
}

/** The inspector listens before the threads start: readiness is asked for from the beginning. */
async function inspectedReplica(running: Running): Promise<ReplicaEnd> {
  const { settings, secrets, logger, stop, clock } = running;
  const registry = new MetricRegistry();
  const expected = settings["inspector.replicas"];
  if (expected !== null) registry.set("gdelt_instances_expected", {}, expected);
  const { places, askMart, close } = eventPlaces(settings);
  const machine = new MachineMetrics(registry, "main");
  const inspected = new InspectedProcess({
    application: settings["application.id"],
    replica: replicaName(settings["group.instance.id"]),
    version: await version(),
    registry,
    hasKafkaNames: settings["inspector.metrics.kafka-streams-names"],
    refresh: () => machine.show(),
    hide: hideSecrets(secrets),
  });
  const server = await openInspector(inspected, settings, {
    clock,
    places: () => places,
    goldUrl: settings["mart.url"],
    complain: (message) => logger.warn(message),
  });
  if (server !== null) logger.info(`inspector at ${server.url}`);
  const ended = new AbortController();
  if (server !== null && askMart !== null) {
    const watch = new MartWatch(askMart, registry, clock);
    inspected.watches(watch);
    void watch.run(ended.signal);
  }
  if (server !== null) {
    // Not waited for: a broker that does not answer must not hold up a stop.
    void tellWhileWatched(server.sentences, sentencesOf(settings, logger, clock), ended.signal);
  }
  try {
    return await runReplica(settings, logger, stop, inspected);
  } finally {
    ended.abort();
    machine.close();
    await server?.close();
    await close();
  }
}

const sentencesOf = (settings: Settings, logger: Logger, clock: Clock): WatchedLog => ({
  topic: SILVER_TOPICS.events,
  open: () =>
    openKafkaLog({
      ...kafkaConnection(settings),
      clientId: `${settings["client.id"]}-inspector`,
      clock,
    }),
  say: (line) => logger.warn(line),
});

/** Also the password within an address: others may name it alone. */
function secretsOf({ sources }: Configuration): string[] {
  return OPTION_NAMES.filter((name) => optionOf(name).isSecret).flatMap((name) => {
    const { text } = sources[name];
    if (text === null) return [];
    const password = URL.parse(text)?.password ?? "";
    return [text, password, decodeURIComponent(password)];
  });
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      config: { type: "string" },
      "print-config": { type: "boolean" },
      pretty: { type: "boolean" },
    },
  });
