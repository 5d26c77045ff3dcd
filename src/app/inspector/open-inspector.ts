import { InspectorServer } from "../../inspector/http/inspector-server.ts";
import type { PeersOptions } from "../../inspector/peers/gathering.ts";
import type { SentenceRing } from "../../inspector/sentence-ring.ts";
import type { Clock } from "../../record/clock.ts";
import { openPgDatabase } from "../../sinks/postgres/pg-database.ts";
import type { Settings } from "../config/catalogue.ts";
import { valueFromEnvironment } from "../config/environment.ts";
import { analysisRoute } from "./analysis/analysis-route.ts";
import { GoldAnswers } from "./analysis/gold-answers.ts";
import { deadLetterRoute } from "./dead-letter-route.ts";
import { EventFinder } from "./events/event-finder.ts";
import { eventRoutes } from "./events/event-routes.ts";
import type { EventPlace } from "./events/event-rows.ts";
import type { InspectedProcess } from "./inspected-process.ts";
import { readPem, readTls, type TlsFiles, watchTls } from "./tls-files.ts";

type InspectorOption = Extract<keyof Settings, `inspector.${string}`>;

export type InspectorSettings = Pick<Settings, InspectorOption>;

/** A `start` has no others of its kind; what it is not told on its command line is in the environment. */
export const startInspectorSettings = (
  address: InspectorSettings["inspector.address"],
): InspectorSettings => ({
  "inspector.address": address,
  "inspector.token": valueFromEnvironment("inspector.token"),
  "inspector.peers": null,
  "inspector.advertised": null,
  "inspector.replicas": null,
  "inspector.tls.cert": valueFromEnvironment("inspector.tls.cert"),
  "inspector.tls.key": valueFromEnvironment("inspector.tls.key"),
  "inspector.tls.ca": null,
  "inspector.metrics.kafka-streams-names":
    valueFromEnvironment("inspector.metrics.kafka-streams-names") === "true",
  "inspector.plaintext": valueFromEnvironment("inspector.plaintext") === "true",
});

export interface OpenInspectorOptions {
  readonly clock: Clock;
  /** Where events are looked for when the state knows nothing of them. */
  readonly places: () => readonly EventPlace[];
  /** The server that Gold is published to; null: none is known. */
  readonly goldUrl: string | null;
  /** Takes what is wrong with a certificate that was renewed. */
  readonly complain: (message: string) => void;
}

export interface OpenInspector {
  readonly url: string;
  /** What those who watch are told. */
  readonly sentences: SentenceRing;
  close(): Promise<void>;
}

/** The inspector of a process; null: none is wanted. @throws ConfigError */
export async function openInspector(
  inspected: InspectedProcess,
  settings: InspectorSettings,
  { clock, places, goldUrl, complain }: OpenInspectorOptions,
): Promise<OpenInspector | null> {
  const address = settings["inspector.address"];
  if (address === "off") return null;
  const threads = () => inspected.asked;
  const { replica } = inspected;
  const files = tlsFiles(settings);
  // A connection is made when somebody asks.
  const gold = goldUrl === null ? null : openPgDatabase(goldUrl);
  const server = await InspectorServer.open(inspected, {
    ...{ address, clock, token: settings["inspector.token"] },
    tls: files && readTls(files),
    plaintext: settings["inspector.plaintext"],
    advertised: settings["inspector.advertised"],
    peers: peersOf(settings),
    routes: (gathering) => [
      ...eventRoutes(new EventFinder({ replica, threads, gathering, places })),
      deadLetterRoute(threads, gathering),
      analysisRoute(gold && new GoldAnswers(gold)),
    ],
  });
  const unwatch =
    files &&
    watchTls(
      files,
      (pair) => server.renew(pair),
      (error) => complain(`the inspector keeps the certificate it has: ${error.message}`),
    );
  return {
    url: server.url,
    sentences: server.sentences,
    close: async () => {
      unwatch?.();
      await server.close();
      await gold?.close();
    },
  };
}

function tlsFiles(settings: InspectorSettings): TlsFiles | null {
  const { "inspector.tls.cert": cert, "inspector.tls.key": key } = settings;
  return cert === null || key === null ? null : { cert, key };
}

function peersOf(settings: InspectorSettings): PeersOptions | null {
  const { "inspector.peers": urls, "inspector.token": token, "inspector.tls.ca": file } = settings;
  const ca = file === null ? null : readPem("inspector.tls.ca", file);
  return urls && { urls, token, ca };
}
