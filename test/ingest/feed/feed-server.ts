import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server does with a request instead of answering it as it should. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: "cut"; readonly bytes: number }
  /** Headers and nothing else, or not even these. */
  | { readonly kind: "hang"; readonly afterHeaders: boolean }
  /** Another body than the file's, as if it were the file. */
  | { readonly kind: "body"; readonly body: Buffer }
  /** So many bytes now and then. */
  | { readonly kind: "slow"; readonly bytes: number; readonly everyMs: number };

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

interface Asked {
  readonly name: string;
  readonly headers: IncomingMessage["headers"];
  readonly status: number;
}

/** A server of GDELT's files on the loopback, that can be made to misbehave. */
export class FeedServer {
  readonly #server: Server;
  readonly #files = new Map<string, Buffer>();
  readonly #faults = new Map<string, Fault[]>();
  readonly asked: Asked[] = [];
  /** Whether parts of a file can be asked for, and whether a file is sent only if it has changed. */
  knowsRanges = true;
  knowsConditions = true;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FeedServer> {
    const server = new FeedServer();
    const listening = Promise.withResolvers<void>();
    server.#server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/gdeltv2/`;
  }

  put(name: string, bytes: Buffer | string): void {
    this.#files.set(name, Buffer.from(bytes as string));
  }

  get(name: string): Buffer | undefined {
    return this.#files.get(name);
  }

  remove(name: string): void {
    this.#files.delete(name);
  }

  /** The next requests for the file meet these faults, one each. */
  fail(name: string, ...faults: readonly Fault[]): void {
    this.#faults.set(name, [...(this.#faults.get(name) ?? []), ...faults]);
  }

  /** How often a file was asked for. */
  count(name: string): number {
    return this.asked.filter((request) => request.name === name).length;
  }

  async close(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { headers, url = "" } = request;
    const name = url.slice(url.lastIndexOf("/") + 1);
    const file = url.startsWith("/gdeltv2/") ? this.#files.get(name) : undefined;
    const fault = this.#faults.get(name)?.shift();
    if (fault) {
      this.#misbehave(fault, name, request, response, file ?? NOTHING);
      return;
    }
    const answer = file ? this.#usualAnswer(file, headers) : NOT_FOUND;
    this.asked.push({ name, headers, status: answer.status });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #usualAnswer(file: Buffer, asked: IncomingMessage["headers"]): Answer {
    const etag = `"${hash("md5", file)}"`;
    const headers = { etag, "last-modified": "Wed, 18 Feb 2015 23:00:00 GMT" };
    if (this.knowsConditions && asked["if-none-match"] === etag) {
      return { status: 304, headers, body: NOTHING };
    }
    const [, suffix] = /^bytes=-(\d+)$/.exec(asked.range ?? "") ?? [];
    if (!this.knowsRanges || suffix === undefined) return { status: 200, headers, body: file };
    if (file.length === 0) return { status: 416, headers: {}, body: NOTHING };
    const start = Math.max(0, file.length - Number(suffix));
    const range = `bytes ${start}-${file.length - 1}/${file.length}`;
    const body = file.subarray(start);
    return { status: 206, headers: { ...headers, "content-range": range }, body };
  }

  #misbehave(
    fault: Fault,
    name: string,
    { headers }: IncomingMessage,
    response: ServerResponse,
    file: Buffer,
  ): void {
    const status = fault.kind === "status" ? fault.status : 200;
    this.asked.push({ name, headers, status });
    switch (fault.kind) {
      case "status":
        response.writeHead(fault.status, fault.headers).end("<html>not now");
        return;
      case "body":
        response.writeHead(200).end(fault.body);
        return;
      case "cut":
        response.writeHead(200, { "content-length": file.length });
        response.write(file.subarray(0, fault.bytes), () => response.destroy());
        return;
      case "hang":
        if (fault.afterHeaders) response.writeHead(200, { "content-length": 10 }).flushHeaders();
        return;
      case "slow": {
        response.writeHead(200, { "content-length": file.length });
        let at = 0;
        const timer = setInterval(() => {
          response.write(file.subarray(at, at + fault.bytes));
          at += fault.bytes;
          if (at >= file.length) response.end();
        }, fault.everyMs);
        response.once("close", () => clearInterval(timer));
        return;
      }
    }
  }
}

const NOTHING = Buffer.alloc(0);
const NOT_FOUND: Answer = { status: 404, headers: {}, body: Buffer.from("<html>404") };
