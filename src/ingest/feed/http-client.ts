import { FeedTrouble } from "./slice-feed.ts";

export interface HttpOptions {
  readonly fetch: typeof fetch;
  readonly userAgent: string;
  /** The longest wait for an answer, and for more of it. */
  readonly idleMs: number;
  /** The longest time for a whole answer: a server may send a byte now and then. */
  readonly wholeMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Buffer>;
}

/** GET requests that end, one way or the other. */
export class HttpClient {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * Gives the answer to `use`, whatever its status; what `use` leaves unread is not received.
   * @throws FeedTrouble when there is no answer, or it breaks off; the reason of `signal`.
   */
  async get<T>(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    use: (answer: HttpAnswer) => Promise<T>,
  ): Promise<T> {
    const { fetch, userAgent, idleMs, wholeMs } = this.#options;
    signal.throwIfAborted();
    const request = new AbortController();
    const onAbort = () => request.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const late = (ms: number, what: string) => () =>
      request.abort(new Error(`${what} in ${ms} ms`));
    const whole = setTimeout(late(wholeMs, "not all of it came"), wholeMs);
    const idle = setTimeout(late(idleMs, "nothing came"), idleMs);
    const failed = (cause: unknown): unknown =>
      signal.aborted ? signal.reason : new FeedTrouble(`${url}: ${causeOf(cause)}`, { cause });
    try {
      const answer = await fetch(url, {
        headers: { ...headers, "user-agent": userAgent },
        signal: request.signal,
      }).catch((cause) => {
        throw failed(cause);
      });
      idle.refresh();
      const body = bytesOf(answer, () => idle.refresh(), failed);
      return await use({ status: answer.status, headers: answer.headers, body });
    } finally {
      clearTimeout(whole);
      clearTimeout(idle);
      signal.removeEventListener("abort", onAbort);
      request.abort();
    }
  }
}

async function* bytesOf(
  { body }: Response,
  onBytes: () => void,
  failed: (cause: unknown) => unknown,
): AsyncGenerator<Buffer> {
  if (body === null) return;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause) => {
      throw failed(cause);
    });
    if (done) return;
    onBytes();
    yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}

/** Fetch says "fetch failed"; what failed is in the causes. */
function causeOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message || deepest.name : String(deepest);
}

/** What is wrong with an answer that is not the one hoped for. */
export const unexpected = (url: string, { status, headers }: HttpAnswer): FeedTrouble =>
  new FeedTrouble(`${url}: answered with status ${status}`, {
    retryAfterMs: retryAfterMs(headers),
  });

/** `Retry-After` in seconds, or as a date: that is compared with the server's own clock. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const waitMs = Date.parse(text) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}
