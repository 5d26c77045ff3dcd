import { EventStreamParser, type StreamEvent } from "./event-stream-parser.ts";

/** What was asked for; or why it is not there. */
export type Asked<T> =
  | { readonly kind: "found"; readonly value: T }
  /** Nobody knows it, or nobody serves it. */
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly reason: string };

export type Connected = "connecting" | "live" | "lost" | "locked";

const TOKEN = "inspector.token";
const RETRY_MS = 3000;

/** Half an answer of five seconds is no answer: a stream tells something every two. */
const SILENCE_MS = 20_000;

/** The inspector over HTTP, with the token of whoever looks; it stays in this tab. */
export class InspectorClient {
  readonly #onStatus: (status: Connected) => void;
  #unlocked = Promise.withResolvers<void>();

  constructor(onStatus: (status: Connected) => void) {
    this.#onStatus = onStatus;
  }

  unlock(token: string): void {
    sessionStorage.setItem(TOKEN, token);
    this.#unlocked.resolve();
  }

  async json<T>(path: string): Promise<Asked<T>> {
    const asked = await this.text(path);
    if (asked.kind !== "found") return asked;
    try {
      return { kind: "found", value: JSON.parse(asked.value) as T };
    } catch {
      return { kind: "failed", reason: `the answer of ${path} is no JSON` };
    }
  }

  async text(path: string): Promise<Asked<string>> {
    try {
      const response = await fetch(path, { headers: headers() });
      if (response.status === 404) return { kind: "absent" };
      const text = await response.text();
      if (response.ok) return { kind: "found", value: text };
      return { kind: "failed", reason: `the inspector answers ${response.status}` };
    } catch {
      return { kind: "failed", reason: "the inspector does not answer" };
    }
  }

  /** Tells every event of the stream, and connects again, for as long as the page is there. */
  async listen(onEvent: (event: StreamEvent) => void): Promise<never> {
    for (;;) {
      const isLocked = await this.#hear(onEvent).catch(() => false);
      if (isLocked) {
        this.#onStatus("locked");
        await this.#unlocked.promise;
        this.#unlocked = Promise.withResolvers();
        continue;
      }
      this.#onStatus("lost");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Until the stream ends; whether a token is wanted. An `EventSource` could not send one. */
  async #hear(onEvent: (event: StreamEvent) => void): Promise<boolean> {
    const silence = new AbortController();
    const response = await fetch("/stream", { headers: headers(), signal: silence.signal });
    if (response.status === 401) return true;
    if (!response.ok || response.body === null) return false;
    this.#onStatus("live");
    const parser = new EventStreamParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return false;
      for (const event of parser.take(value)) onEvent(event);
    }
  }
}

function headers(): HeadersInit {
  const token = sessionStorage.getItem(TOKEN);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
