import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { SentenceRing, ToldSentence } from "../sentence-ring.ts";

const CLIENTS_MAX = 16;
const STATE_MS = 2000;

/** Who has so much still to read is too slow, and comes again when it can. */
const BEHIND_BYTES_MAX = 2 << 20;

const RETRY_MS = 3000;

/** Server-sent events: how things stand, again and again, and sentences as they come. */
export class EventStreams {
  readonly #state: () => Promise<string>;
  readonly #sentences: SentenceRing;
  readonly #clients = new Set<ServerResponse>();
  readonly #closing = new AbortController();
  #last: string | null = null;
  #unwatch: (() => void) | null = null;

  /** @param state how things stand, as JSON on one line. */
  constructor(state: () => Promise<string>, sentences: SentenceRing) {
    this.#state = state;
    this.#sentences = sentences;
  }

  get isFull(): boolean {
    return this.#clients.size >= CLIENTS_MAX;
  }

  /** Takes a client whose headers are written, until it leaves. */
  take(response: ServerResponse): void {
    this.#clients.add(response);
    response.once("close", () => this.#leave(response));
    this.#write(response, `retry: ${RETRY_MS}\n\n`);
    const { newest } = this.#sentences;
    if (newest.length > 0) this.#write(response, newest.map(sentenceEvent).join(""));
    if (this.#clients.size > 1) {
      if (this.#last !== null) this.#write(response, this.#last);
      return;
    }
    this.#unwatch = this.#sentences.watch((told) => this.#tell(sentenceEvent(told)));
    void this.#tellStates();
  }

  #leave(response: ServerResponse): void {
    this.#clients.delete(response);
    if (this.#clients.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = null;
    this.#last = null;
  }

  /** As long as anybody listens; whoever comes back meanwhile begins a loop of its own. */
  async #tellStates(): Promise<void> {
    const watched = this.#unwatch;
    const { signal } = this.#closing;
    while (this.#unwatch === watched && !signal.aborted) {
      const state = await this.#state().catch((error: unknown) =>
        JSON.stringify({ error: String(error) }),
      );
      if (this.#unwatch !== watched || signal.aborted) return;
      this.#last = event("state", state);
      this.#tell(this.#last);
      await sleep(STATE_MS, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  #tell(text: string): void {
    for (const client of this.#clients) this.#write(client, text);
  }

  #write(client: ServerResponse, text: string): void {
    client.write(text);
    if (client.writableLength > BEHIND_BYTES_MAX) client.destroy();
  }

  close(): void {
    this.#closing.abort();
    for (const client of this.#clients) client.destroy();
  }
}

const event = (name: string, json: string): string => `event: ${name}\ndata: ${json}\n\n`;

const sentenceEvent = (told: ToldSentence): string => event("sentence", JSON.stringify(told));
