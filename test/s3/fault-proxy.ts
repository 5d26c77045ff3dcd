import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What happens to a request on its way. `half`: the server gets half of the body, then nothing more.
 * `lost`: it never gets it. `unanswered`: it does what it is asked, and its answer is lost. In all three
 * the client's connection is cut. A number is the status that is answered instead.
 */
export type Fault = "half" | "lost" | "unanswered" | number | null;

/** Stands between a client and a store, and passes on what it is not told to spoil. */
export class FaultProxy {
  /** Asked for each request; awaited, so that a test may do something at that moment. */
  faultOf: (method: string, path: string, body: Buffer) => Fault | Promise<Fault> = () => null;
  /** Told when a request has been spoiled, and before the client is. */
  spoiled: () => void = () => {};
  private readonly server: Server;
  private readonly target: URL;

  private constructor(target: string) {
    this.target = new URL(target);
    this.server = createServer((from, to) => void this.pass(from, to));
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    try {
      const body = await bytesOf(from);
      const fault = await this.faultOf(from.method!, decodeURIComponent(from.url!), body);
      if (typeof fault === "number") {
        to.writeHead(fault, { "content-length": 0 }).end();
        return;
      }
      if (fault === "half") await this.forwardHalf(from, body);
      if (fault === null || fault === "unanswered") {
        const answer = await this.forward(from, body);
        const bytes = await bytesOf(answer);
        if (fault === null) {
          to.writeHead(answer.statusCode!, answer.headers).end(bytes);
          return;
        }
      }
      this.spoiled();
      to.destroy();
    } catch {
      // The server has gone, or the client has.
      to.destroy();
    }
  }

  /** With its headers as they are: the signature speaks of them. */
  private send(from: IncomingMessage) {
    const { hostname, port } = this.target;
    const { method, url, headers } = from;
    return request({ hostname, port, method: method!, path: url!, headers });
  }

  private forward(from: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.send(from).once("response", resolve).once("error", reject).end(body);
    });
  }

  private forwardHalf(from: IncomingMessage, body: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const half = this.send(from).once("error", () => resolve());
      half.write(body.subarray(0, body.length >> 1), () => half.destroy(new Error("cut")));
    });
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
