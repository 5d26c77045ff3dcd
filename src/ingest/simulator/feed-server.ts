import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../../record/errors.ts";
import type { FirstAnswer } from "./file-course.ts";
import { LIST_NAMES } from "./file-lists.ts";
import { type Answer, answerTo, type Representation } from "./http-answer.ts";
import { cutContent, type PublishedFeed, type PublishedFile } from "./published-feed.ts";
import { type Content, contentOf } from "./slice-zips.ts";

/** Where GDELT has its files. */
const FOLDER = "/gdeltv2/";

export interface ServerSpec {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What the lists put before a name; null: the address that the asker has used. */
  readonly baseUrl: string | null;
  readonly wait: Wait;
  /** Told what a request should not have thrown. */
  readonly onFailure: (error: unknown) => void;
}

/** Resolves after so long, or when it is stopped. */
export type Wait = (waitMs: number, stop: AbortSignal) => Promise<void>;

/** Serves a feed under GDELT's own paths; as long as it is not closed. */
export class FeedServer {
  readonly #feed: PublishedFeed;
  readonly #spec: ServerSpec;
  readonly #server: Server;
  readonly #closed = new AbortController();
  /** Files whose first answer was something else. */
  readonly #answered = new Set<string>();

  private constructor(feed: PublishedFeed, spec: ServerSpec) {
    this.#feed = feed;
    this.#spec = spec;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.destroy();
        spec.onFailure(error);
      });
    });
  }

  /** @throws ConfigError when the port cannot be had. */
  static async open(feed: PublishedFeed, spec: ServerSpec): Promise<FeedServer> {
    const server = new FeedServer(feed, spec);
    const { host, port } = spec;
    server.#server.listen(port, host);
    try {
      await once(server.#server, "listening");
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new ConfigError(`cannot serve at ${host} port ${port}: ${reason}`, { cause });
    }
    return server;
  }

  /** Where the lists are, as this machine sees it. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}${FOLDER}`;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(request, response, {
        ...plain(405, "GET and HEAD only"),
        headers: { allow: "GET, HEAD" },
      });
      return;
    }
    const path = (request.url ?? "").split("?")[0]!;
    const name = path.startsWith(FOLDER) ? path.slice(FOLDER.length) : "";
    const list = this.#list(request, name);
    const file = list === null ? await this.#feed.file(name) : null;
    if (list !== null) send(request, response, answerTo(request.headers, list));
    else if (file !== null) await this.#sendFile(request, response, file);
    else send(request, response, plain(404, "there is no such file"));
  }

  #list({ headers }: IncomingMessage, name: string): Representation | null {
    const listName = LIST_NAMES.find((each) => each === name);
    if (listName === undefined) return null;
    const here = headers.host === undefined ? this.url : `http://${headers.host}${FOLDER}`;
    const text = this.#feed.list(listName, this.#spec.baseUrl ?? here);
    if (text === null) return null;
    const content = contentOf(Buffer.from(text));
    return representation(content, "text/plain", this.#feed.newestMs);
  }

  async #sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    { name, content, modifiedMs, first }: PublishedFile,
  ): Promise<void> {
    const whole = representation(content, "application/zip", modifiedMs);
    const answer = answerTo(request.headers, whole);
    const isFirst = request.method === "GET" && answer.status !== 304 && !this.#answered.has(name);
    if (first === null || !isFirst) {
      send(request, response, answer);
      return;
    }
    this.#answered.add(name);
    if (first.kind === "html") {
      send(request, response, page());
    } else if (first.kind === "truncated") {
      const cut = cutContent(content, first.share);
      const part = representation(cut, "application/zip", modifiedMs);
      send(request, response, answerTo(request.headers, part));
    } else {
      await this.#sendFlaky(request, response, first, answer);
    }
  }

  async #sendFlaky(
    request: IncomingMessage,
    response: ServerResponse,
    first: Extract<FirstAnswer, { kind: "flaky" }>,
    answer: Answer,
  ): Promise<void> {
    if (first.how === "slow") {
      await this.#spec.wait(first.waitMs, this.#closed.signal);
      if (!this.#closed.signal.aborted) send(request, response, answer);
    } else if (first.how === "reset") {
      response.writeHead(answer.status, answer.headers);
      const half = answer.body.subarray(0, Math.ceil(answer.body.length / 2));
      response.write(half, () => request.socket.resetAndDestroy());
    } else {
      send(request, response, plain(Number(first.how), "try again"));
    }
  }
}

const representation = (
  { bytes, md5 }: Content,
  type: string,
  modifiedMs: number,
): Representation => ({ bytes, type, tag: md5, modifiedMs });

function send({ method }: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, answer.headers);
  response.end(method === "HEAD" ? undefined : answer.body);
}

const plain = (status: number, text: string): Answer =>
  textAnswer(status, `${text}\n`, "text/plain");

const page = (): Answer =>
  textAnswer(
    200,
    "<!DOCTYPE html><title>Error</title><p>Please try again later.</p>\n",
    "text/html",
  );

function textAnswer(status: number, text: string, type: string): Answer {
  const body = Buffer.from(text);
  return { status, headers: { "content-type": type, "content-length": body.length }, body };
}
