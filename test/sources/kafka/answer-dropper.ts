import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after } from "node:test";
import type { KafkaLogOptions } from "../../../src/sources/kafka/kafka-log-options.ts";
import { Frames } from "./frames.ts";

/** What can happen to a request, by the number of its kind: 0 is Produce, 26 EndTxn. */
export type Fate = "pass" | "drop the request" | "drop the answer" | "cut off before the answer";

/** Stands between a log and its broker, and loses what it is told to. */
export class AnswerDropper {
  readonly #server: Server;
  readonly #target: number;
  readonly #fates: Map<number, Fate[]> = new Map();
  /** Nothing gets through, and nobody is told. */
  isSilent = false;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (client) => this.#stand(client));
    after(() => server.close());
  }

  /** `broker`: `host:port` of the only broker. */
  static async before(broker: string): Promise<AnswerDropper> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new AnswerDropper(server, Number(broker.split(":")[1]));
  }

  /** What befalls the next requests of a kind, in order; those after them pass. */
  next(kind: number, ...fates: readonly Fate[]): void {
    this.#fates.set(kind, [...fates]);
  }

  heal(): void {
    this.#fates.clear();
  }

  /** Options for a log whose connections go through here. */
  get through(): Pick<KafkaLogOptions, "openSocket"> {
    const { port } = this.#server.address() as { port: number };
    return { openSocket: ({ onConnect }) => connect({ host: "127.0.0.1", port }, onConnect) };
  }

  #stand(client: Socket): void {
    const broker = connect({ host: "127.0.0.1", port: this.#target });
    const fates = new Map<number, Fate>();
    const requests = new Frames();
    const answers = new Frames();
    const end = () => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) socket.on("error", end).on("close", end);
    client.on("data", (chunk) => {
      for (const frame of requests.of(chunk)) {
        const kind = frame.readInt16BE(4);
        const fate = this.#fates.get(kind)?.shift() ?? "pass";
        fates.set(frame.readInt32BE(8), fate);
        if (fate !== "drop the request" && !this.isSilent) broker.write(frame);
      }
    });
    broker.on("data", (chunk) => {
      for (const frame of answers.of(chunk)) {
        const fate = fates.get(frame.readInt32BE(4));
        if (fate === "cut off before the answer") return end();
        if (fate === "pass" && !this.isSilent) client.write(frame);
      }
    });
  }
}
