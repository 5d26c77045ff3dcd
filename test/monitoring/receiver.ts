import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Delivery {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** Takes what an Alertmanager sends, in the place of Slack and of who expects the watchdog. */
export class Receiver {
  readonly deliveries: Delivery[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        this.deliveries.push({ path: request.url!, body: JSON.parse(body), atMs: Date.now() });
        response.end("ok");
      });
    });
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** When somebody was first told in Slack that this alert fires, ms; null: not yet. */
  toldOf(alert: string): number | null {
    const told = this.deliveries.find(({ path, body }) => {
      const [attachment] = (body["attachments"] ?? []) as readonly { readonly title?: string }[];
      return path === "/slack" && attachment?.title === `FIRING ${alert}`;
    });
    return told?.atMs ?? null;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
