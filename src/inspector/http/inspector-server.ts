import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { Inspected } from "../inspected.ts";
import { ownState } from "../own-state.ts";
import { Gathering, type PeersOptions } from "../peers/gathering.ts";
import { SentenceRing } from "../sentence-ring.ts";
import { hasToken, isLoopback, isMeantForUs, RateLimit } from "./access.ts";
import { Answers } from "./answer.ts";
import { EventStreams } from "./event-streams.ts";
import type { ListenAddress } from "./listen-address.ts";
import { OPEN_TO_ALL } from "./openapi.ts";
import { PageAssets, sendAsset } from "./page-assets.ts";
import { type Answer, json, type Question, type Route } from "./route.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { STREAM_PATH, STREAM_TYPE } from "./stream-route.ts";
import { secureOptions, type TlsPair } from "./tls-pair.ts";

export interface InspectorOptions {
  readonly address: ListenAddress;
  /** Asked of everybody; null: of nobody, and only this machine is listened to. */
  readonly token: string | null;
  readonly clock: Clock;
  /** What HTTPS takes; null: HTTP. */
  readonly tls?: TlsPair | null;
  /** Others may ask without TLS. */
  readonly plaintext?: boolean;
  /** Where others reach it; null: where it listens, if only this machine can. */
  readonly advertised?: string | null;
  /** The inspectors of the application; null: this is the only one. */
  readonly peers?: PeersOptions | null;
  /** What the application tells besides what every inspector does. */
  readonly routes?: (gathering: Gathering) => readonly Route[];
}

/** How many ports are tried, from the one that is named, where another may be taken. */
const PORTS = 20;

const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
} as const;
const CONNECTIONS_MAX = 64;

/** Longer than any question that makes sense. */
const URL_LENGTH_MAX = 1024;

/** The inspector of a process: answers over HTTP how it is doing. Nothing can be changed through it. */
export class InspectorServer {
  readonly #server: Server;
  readonly #answers: Answers;
  readonly #options: InspectorOptions;
  readonly #limit: RateLimit;
  readonly #streams: EventStreams;
  readonly #page = new PageAssets();
  /** What those who watch are told. */
  readonly sentences = new SentenceRing();

  private constructor(inspected: Inspected, options: InspectorOptions) {
    this.#options = options;
    const gathering = this.#gathering(inspected);
    this.#answers = new Answers(inspected, gathering, options.routes?.(gathering) ?? []);
    this.#limit = new RateLimit(options.clock);
    this.#streams = new EventStreams(
      async () => JSON.stringify(await gathering.state()),
      this.sentences,
    );
    const { tls = null } = options;
    const serve = (request: IncomingMessage, response: ServerResponse) =>
      // Who gets no whole answer is to see that it is not whole.
      void this.#serve(request, response).catch(() => response.destroy());
    this.#server =
      tls === null
        ? createServer({ ...LIMITS }, serve)
        : https.createServer({ ...LIMITS, ...secureOptions(tls), handshakeTimeout: 5000 }, serve);
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /**
   * Listens.
   * @throws ConfigError when it may not, or somebody else does there.
   */
  static async open(inspected: Inspected, options: InspectorOptions): Promise<InspectorServer> {
    const { host, port, orNext } = options.address;
    mustBeClosed(options);
    const last = orNext ? Math.min(65_535, port + PORTS - 1) : port;
    for (let at = port; ; at++) {
      const inspector = new InspectorServer(inspected, options);
      try {
        await inspector.#listen(at);
        return inspector;
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        if (code === "EADDRINUSE" && at < last) continue;
        const where = at === port ? `${host}:${port}` : `${host}, ports ${port} to ${at}`;
        const why = code === "EADDRINUSE" ? "another process listens there" : message;
        throw new ConfigError(
          `the inspector cannot listen at ${where}: ${why}. Name another inspector.address, or off`,
          { cause },
        );
      }
    }
  }

  #gathering(inspected: Inspected): Gathering {
    const { address, clock, peers = null, advertised = null } = this.#options;
    const url = () => advertised ?? (isLoopback(address.host) ? this.url : null);
    const self = ownState(inspected, clock, url);
    return new Gathering({ application: inspected.application, peers, clock, self });
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen({ host: this.#options.address.host, port, exclusive: true });
    await once(this.#server, "listening");
    // It is no reason for the process to live.
    this.#server.unref();
  }

  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    const scheme = this.#options.tls ? "https" : "http";
    return `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  /** From now on others get this certificate. @throws ConfigError when it cannot be used. */
  renew(pair: TlsPair): void {
    (this.#server as https.Server).setSecureContext(secureOptions(pair));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever sends a body is not listened to.
    request.resume();
    const { method } = request;
    const question = questionOf(request);
    const refusal = this.#refusal(request, question);
    if (refusal === null) {
      if (question.path === STREAM_PATH && method === "GET") return this.#stream(response);
      const asset = await this.#page.at(question.path);
      if (asset !== undefined) return sendAsset(asset, request, response);
    }
    const { status, contentType, body } = await (refusal === null
      ? this.#answers.to(question)
      : Promise.resolve(refusal)
    ).catch((error: unknown): Answer => json(500, { error: String(error) }));
    const length = Buffer.byteLength(body);
    response.writeHead(status, {
      ...SECURITY_HEADERS,
      "content-type": contentType,
      "content-length": length,
      ...(status === 401 && { "www-authenticate": "Bearer" }),
      ...(status === 405 && { allow: "GET, HEAD" }),
      ...(status === 429 && { "retry-after": "1" }),
      ...(hasBody(request) && { connection: "close" }),
    });
    response.end(method === "HEAD" ? undefined : body);
  }

  /** Why there is no answer; null: there is one. */
  #refusal(request: IncomingMessage, { path }: Question): Answer | null {
    const { method, headers, url = "" } = request;
    const { token } = this.#options;
    if (url.length > URL_LENGTH_MAX) return json(414, { error: "the address is too long" });
    if (method !== "GET" && method !== "HEAD") return json(405, { error: "only GET and HEAD" });
    if (hasBody(request)) return json(413, { error: "a request has no body here" });
    if (token === null && !isMeantForUs(headers.host)) {
      return json(421, { error: "ask for localhost, or 127.0.0.1" });
    }
    if (!this.#limit.take()) return json(429, { error: "too many requests" });
    const isOpen = OPEN_TO_ALL.has(path) || PageAssets.has(path);
    if (!isOpen && !hasToken(token, headers.authorization)) {
      return json(401, { error: "Authorization: Bearer <inspector.token>" });
    }
    if (path === STREAM_PATH && this.#streams.isFull) {
      return json(503, { error: "too many listen already" });
    }
    return null;
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { ...SECURITY_HEADERS, "content-type": STREAM_TYPE });
    this.#streams.take(response);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#streams.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** @throws ConfigError when others could ask, or listen to what is asked. */
function mustBeClosed({ address: { host }, token, tls, plaintext }: InspectorOptions): void {
  if (isLoopback(host)) return;
  if (token === null) {
    throw new ConfigError(
      `the inspector at ${host} could be asked by anybody: give it inspector.token, or let it ` +
        "listen at 127.0.0.1",
    );
  }
  if (tls || plaintext) return;
  throw new ConfigError(
    `what is asked of the inspector at ${host} could be read on the way, its token too: give it ` +
      "inspector.tls.cert and inspector.tls.key, or say inspector.plaintext: true",
  );
}

function questionOf({ url = "", headers: { accept = "" } }: IncomingMessage): Question {
  const { pathname: path = "", searchParams: query = new URLSearchParams() } =
    URL.parse(url, "http://inspector") ?? {};
  return { path, query, accept };
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
