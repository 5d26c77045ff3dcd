import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Frames } from "../../sources/kafka/frames.ts";

/** A request on its way to a broker. */
export interface KafkaRequest {
  /** The number of its kind in Kafka's protocol. */
  readonly kind: number;
  readonly clientId: string;
}

/**
 * What befalls a request. `lost`: the broker never gets it. `unanswered`: it does what it is asked,
 * and its answer is lost. In both the connection stays, and the client waits. With `cut` it ends
 * when the broker has answered, and the client is not told what. With a promise it is passed on when
 * that is fulfilled, and those after it are not held up.
 */
export type RequestFate = "pass" | "lost" | "unanswered" | "cut" | Promise<void>;

/** What happens to requests; told too when the broker has answered one that is not to learn it. */
export interface KafkaJudge {
  fateOf(request: KafkaRequest): RequestFate;
  answered?(request: KafkaRequest): void;
}

const HEADER = { kind: 4, correlation: 8, clientId: 12 };

/** Stands in front of one broker, at the port that this names as its own. */
export class KafkaProxy {
  judge: KafkaJudge | null = null;
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (client) => this.#stand(client));
  }

  static async listen(port: number, target: number): Promise<KafkaProxy> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    return new KafkaProxy(server, target);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #stand(client: Socket): void {
    const broker = connect({ host: "127.0.0.1", port: this.#target });
    const special = new Map<number, { readonly request: KafkaRequest; readonly fate: string }>();
    const requests = new Frames();
    const answers = new Frames();
    const end = () => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on("error", end).on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on("data", (chunk) => {
      for (const frame of requests.of(chunk)) {
        const request = requestOf(frame);
        const fate = this.judge?.fateOf(request) ?? "pass";
        if (fate instanceof Promise) {
          void fate.then(() => broker.write(frame));
          continue;
        }
        if (fate !== "pass") special.set(frame.readInt32BE(HEADER.correlation), { request, fate });
        if (fate !== "lost") broker.write(frame);
      }
    });
    broker.on("data", (chunk) => {
      for (const frame of answers.of(chunk)) {
        const found = special.get(frame.readInt32BE(4));
        if (found === undefined) client.write(frame);
        else this.judge?.answered?.(found.request);
        if (found?.fate === "cut") return end();
      }
    });
  }
}

function requestOf(frame: Buffer): KafkaRequest {
  const length = Math.max(0, frame.readInt16BE(HEADER.clientId));
  const from = HEADER.clientId + 2;
  return {
    kind: frame.readInt16BE(HEADER.kind),
    clientId: frame.toString("utf8", from, from + length),
  };
}
