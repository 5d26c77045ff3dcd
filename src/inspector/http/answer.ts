import type { Clock } from "../../record/clock.ts";
import type { Inspected } from "../inspected.ts";
import { CONTENT_TYPES, type ExpositionFormat, exposition } from "../metrics/metric-registry.ts";
import { PositionRates } from "../position-rates.ts";
import { stateView } from "../state-view.ts";
import { formatNamed, type TopologyFormat } from "../topology-formats.ts";
import { pictureNamed, TopologyPicture } from "./topology-picture.ts";

/** What was asked for, without anything of how. */
export interface Question {
  /** Without a query. */
  readonly path: string;
  readonly accept: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";
const TEXT_TYPE = "text/plain; charset=utf-8";

const TOPOLOGY_TYPES: Readonly<Record<TopologyFormat, string>> = {
  text: TEXT_TYPE,
  json: JSON_TYPE,
  dot: "text/vnd.graphviz; charset=utf-8",
  mermaid: TEXT_TYPE,
};

export const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: JSON_TYPE,
  body: `${JSON.stringify(value)}\n`,
});

/** Says what there is at each path. */
export class Answers {
  readonly #inspected: Inspected;
  readonly #clock: Clock;
  readonly #rates = new PositionRates();
  readonly #picture = new TopologyPicture();

  constructor(inspected: Inspected, clock: Clock) {
    this.#inspected = inspected;
    this.#clock = clock;
  }

  async to({ path, accept }: Question): Promise<Answer> {
    const { application, version, topology } = this.#inspected;
    switch (path) {
      case "/healthz":
        // That somebody answers is what is asked: what else is away is not mended by a restart.
        return json(200, { status: "alive" });
      case "/readyz":
        return this.#readiness();
      case "/metrics":
        return await this.#metrics(accept);
      case "/version":
        return json(200, { application, version, topology: topology?.hash ?? null });
      case "/topology/state":
        return await this.#state();
    }
    const [, ending] = /^\/topology(?:\.(\w+))?$/.exec(path) ?? [null, null];
    return ending === null ? notFound(path) : this.#topology(path, ending ?? wanted(accept));
  }

  #readiness(): Answer {
    const { isReady, state, reason } = this.#inspected.readiness;
    return json(isReady ? 200 : 503, { ready: isReady, state, reason });
  }

  async #metrics(accept: string): Promise<Answer> {
    const format: ExpositionFormat = accept.includes("application/openmetrics-text")
      ? "openmetrics"
      : "text";
    const threads = await this.#inspected.threads();
    const body = await exposition(await this.#inspected.metrics(threads), format);
    return { status: 200, contentType: CONTENT_TYPES[format], body };
  }

  async #state(): Promise<Answer> {
    const threads = await this.#inspected.threads();
    const nowMs = this.#clock.nowMs();
    this.#rates.take(threads, nowMs);
    return json(200, stateView(this.#inspected, threads, { nowMs, rates: this.#rates }));
  }

  #topology(path: string, name: string): Answer {
    const format = formatNamed(name);
    const picture = pictureNamed(name);
    if (format === undefined && picture === undefined) return notFound(path);
    const { topology } = this.#inspected;
    if (topology === null) return json(503, { error: "no thread has opened the topology yet" });
    const { formats } = topology;
    if (format === undefined) {
      return { status: 200, ...this.#picture.of(picture!, formats.json) };
    }
    return { status: 200, contentType: TOPOLOGY_TYPES[format], body: formats[format] };
  }
}

/** JSON for programs, the text for whoever asks for text. */
function wanted(accept: string): TopologyFormat {
  if (accept.includes("text/vnd.graphviz")) return "dot";
  return accept.includes("text/plain") ? "text" : "json";
}

const notFound = (path: string): Answer =>
  json(404, { error: `there is no ${path.slice(0, 100)}` });
