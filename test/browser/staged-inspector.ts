import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { EventStreams } from "../../src/inspector/http/event-streams.ts";
import { InspectorServer } from "../../src/inspector/http/inspector-server.ts";
import type { GatheredState } from "../../src/inspector/peers/gathering.ts";
import { SentenceRing } from "../../src/inspector/sentence-ring.ts";
import { describedTopology } from "../../src/inspector/topology-formats.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";

const TOPOLOGY = silverTopology({ ...SILVER_DEFAULTS, mart: true });

/** What is answered at a path, as JSON or as text; the query counts where a function says what. */
export type Answers = Readonly<Record<string, unknown>>;

/**
 * The inspector of an application that is made up: files of the page and the topology come from the real
 * server with its headers, the stream from the real one too, but the state is whatever a test says.
 */
export class StagedInspector {
  readonly sentences = new SentenceRing();
  state: () => GatheredState;
  answers: Answers;
  readonly #real: InspectorServer;
  readonly #server: Server;
  readonly #streams: EventStreams;

  private constructor(real: InspectorServer, state: () => GatheredState, answers: Answers) {
    this.#real = real;
    this.state = state;
    this.answers = answers;
    this.#streams = new EventStreams(async () => JSON.stringify(this.state()), this.sentences);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(state: () => GatheredState, answers: Answers = {}): Promise<StagedInspector> {
    const address = { host: "127.0.0.1", port: 0, orNext: false };
    let nowMs = 0;
    const real = await InspectorServer.open(
      {
        ...{ application: "staged", replica: "one", version: "1.0.0" },
        topology: describedTopology(TOPOLOGY),
        readiness: { isReady: true, state: "RUNNING", reason: null },
        threads: async () => [],
        problems: async () => [],
        metrics: async () => [],
      },
      // Its limit of requests is not what is tested here.
      { address, token: null, clock: { nowMs: () => (nowMs += 1000) } },
    );
    const staged = new StagedInspector(real, state, answers);
    staged.#server.listen(0, "127.0.0.1");
    await once(staged.#server, "listening");
    return staged;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer({ url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, this.url);
    if (pathname === "/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      this.#streams.take(response);
      return;
    }
    if (pathname in this.answers) {
      const said = this.answers[pathname];
      const answer = typeof said === "function" ? said(searchParams) : said;
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
      return;
    }
    const real = await fetch(`${this.#real.url}${pathname}`);
    const headers = Object.fromEntries(real.headers);
    delete headers["content-encoding"];
    delete headers["content-length"];
    delete headers["transfer-encoding"];
    response.writeHead(real.status, headers).end(Buffer.from(await real.arrayBuffer()));
  }

  async close(): Promise<void> {
    this.#streams.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#real.close();
  }
}
