import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { Inspected } from "../inspected.ts";
import { ownState } from "../own-state.ts";
import { Gathering, type PeersOptions } from "../peers/gathering.ts";
import { hasToken, isLoopback, isMeantForUs, RateLimit } from "./access.ts";
import { Answers } from "./answer.ts";
import type { ListenAddress } from "./listen-address.ts";
import { OPEN_TO_ALL } from "./openapi.ts";
import { type Answer, json, type Route } from "./route.ts";
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

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** The inspector of a process: answers over HTTP how it is doing. Nothing can be changed through it. */
export class InspectorServer {
  readonly #server: Server;
  readonly #answers: Answers;
  readonly #options: InspectorOptions;
  readonly #limit: RateLimit;

  private constructor(inspected: Inspected, options: InspectorOptions) {
    this.#options = options;
    const gathering = this.#gathering(inspected);
    this.#answers = new Answers(inspected, gathering, options.routes?.(gathering) ?? []);
    this.#limit = new RateLimit(options.clock);
    const { tls = null } = options;
    const serve = (request: IncomingMessage, response: ServerResponse) =>
      void this.#serve(request, response);
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
    const { status, contentType, body } = await this.#answer(request).catch(
      (error: unknown): Answer => json(500, { error: String(error) }),
    );
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

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method, headers, url = "" } = request;
    const { token } = this.#options;
    if (url.length > URL_LENGTH_MAX) return json(414, { error: "the address is too long" });
    const parsed = URL.parse(url, "http://inspector");
    const path = parsed?.pathname ?? "";
    const query = parsed?.searchParams ?? new URLSearchParams();
    if (method !== "GET" && method !== "HEAD") return json(405, { error: "only GET and HEAD" });
    if (hasBody(request)) return json(413, { error: "a request has no body here" });
    if (token === null && !isMeantForUs(headers.host)) {
      return json(421, { error: "ask for localhost, or 127.0.0.1" });
    }
    if (!this.#limit.take()) return json(429, { error: "too many requests" });
    if (!OPEN_TO_ALL.has(path) && !hasToken(token, headers.authorization)) {
      return json(401, { error: "Authorization: Bearer <inspector.token>" });
    }
    return await this.#answers.to({ path, query, accept: headers.accept ?? "" });
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
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

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
