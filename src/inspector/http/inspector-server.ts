import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { Inspected } from "../inspected.ts";
import { SentenceRing } from "../sentence-ring.ts";
import { hasToken, isLoopback, isMeantForUs, RateLimit } from "./access.ts";
import { type Answer, Answers, json } from "./answer.ts";
import { EventStreams } from "./event-streams.ts";
import type { ListenAddress } from "./listen-address.ts";
import { type Asset, PageAssets } from "./page-assets.ts";

export interface InspectorOptions {
  readonly address: ListenAddress;
  /** Asked of everybody; null: of nobody, and only this machine is listened to. */
  readonly token: string | null;
  readonly clock: Clock;
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

/** Asked by who starts and stops containers, and they have no secrets to send. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** A page that needs nothing but what is served here; and no other may show it. */
const PAGE_HEADERS = {
  ...HEADERS,
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

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
    this.#answers = new Answers(inspected, options.clock);
    this.#options = options;
    this.#limit = new RateLimit(options.clock);
    const state = async () =>
      (await this.#answers.to({ path: "/topology/state", accept: "" })).body.trimEnd();
    this.#streams = new EventStreams(state, this.sentences);
    this.#server = createServer({ ...LIMITS }, (request, response) => {
      // Who gets no whole answer is to see that it is not whole.
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /**
   * Listens.
   * @throws ConfigError when it may not, or somebody else does there.
   */
  static async open(inspected: Inspected, options: InspectorOptions): Promise<InspectorServer> {
    const { host, port, orNext } = options.address;
    if (options.token === null && !isLoopback(host)) {
      throw new ConfigError(
        `the inspector at ${host} could be asked by anybody: give it inspector.token, or let it ` +
          "listen at 127.0.0.1",
      );
    }
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

  async #listen(port: number): Promise<void> {
    this.#server.listen({ host: this.#options.address.host, port, exclusive: true });
    await once(this.#server, "listening");
    // It is no reason for the process to live.
    this.#server.unref();
  }

  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever sends a body is not listened to.
    request.resume();
    const { method, headers } = request;
    const path = pathOf(request);
    const refusal = this.#refusal(request, path);
    if (refusal === null && path === "/stream" && method === "GET") return this.#stream(response);
    if (refusal === null && PageAssets.has(path)) {
      const asset = await this.#page.at(path);
      if (asset !== undefined) return sendAsset(response, asset, request);
    }
    const question = { path, accept: headers.accept ?? "" };
    const { status, contentType, body } =
      refusal ??
      (await this.#answers
        .to(question)
        .catch((error: unknown): Answer => json(500, { error: String(error) })));
    const length = Buffer.byteLength(body);
    response.writeHead(status, {
      ...HEADERS,
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
  #refusal(request: IncomingMessage, path: string): Answer | null {
    const { method, headers } = request;
    const { token } = this.#options;
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
    if (path === "/stream" && this.#streams.isFull) {
      return json(503, { error: "too many listen already" });
    }
    return null;
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" });
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

const pathOf = ({ url = "" }: IncomingMessage): string =>
  URL.parse(url, "http://inspector")?.pathname ?? "";

function sendAsset(response: ServerResponse, asset: Asset, request: IncomingMessage): void {
  const isGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const body = isGzip ? asset.gzipped : asset.plain;
  response.writeHead(200, {
    ...PAGE_HEADERS,
    "content-type": asset.contentType,
    "content-length": body.byteLength,
    ...(isGzip && { "content-encoding": "gzip" }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
