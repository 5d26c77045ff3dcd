import { backOffMs } from "../../record/back-off.ts";
import { exportRequest, spanJson } from "./otlp-json.ts";
import type { Resource, Span } from "./span.ts";

/** Spans that wait to be sent: hours of slices. When a collector is away for longer, new ones are dropped. */
export const WAITING_BYTES_MAX = 1 << 20;

/** Of one request. */
const REQUEST_BYTES_MAX = 256 << 10;

/** Spans are gathered for so long. */
const GATHER_MS = 2000;

const ANSWER_MS_MAX = 5000;
const ATTEMPTS_MAX = 6;
const WAIT = { firstMs: 1000, mostMs: 30_000 } as const;

/** These pass, says the specification; any other refusal will be the same the next time. */
const PASSING = new Set([429, 502, 503, 504]);

export interface SpanExporterOptions {
  /** Of a collector: `http://host:4318`; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  readonly resource: Resource;
  /** In [0, 1). */
  readonly random: () => number;
  /** Waits, but no longer than until the signal. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Takes what an operator should know: once while it lasts. */
  readonly complain: (message: string) => void;
}

/**
 * Sends spans to a collector by OTLP over HTTP, beside everything else: whoever adds one waits for nothing, and when
 * nobody takes them they are dropped, and counted.
 */
export class SpanExporter {
  readonly #options: SpanExporterOptions;
  readonly #url: string;
  readonly #closing = new AbortController();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #sending: Promise<void> | null = null;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
    this.#url = `${options.endpoint.replace(/\/+$/, "")}/v1/traces`;
  }

  add(span: Span): void {
    const json = spanJson(span);
    if (this.#waitingBytes + json.length > WAITING_BYTES_MAX) {
      this.#drop(1, `more than ${WAITING_BYTES_MAX} bytes of them wait`);
      return;
    }
    this.#waiting.push(json);
    this.#waitingBytes += json.length;
    if (this.#closing.signal.aborted) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
  }

  /** Spans that nobody has got. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sends what waits, once; what does not get through then is dropped. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#sending;
    while (this.#waiting.length > 0) await this.#sendNext();
  }

  /** As long as there are spans. */
  async #send(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#waiting.length > 0 && !signal.aborted) {
      await this.#options.wait(GATHER_MS, signal);
      if (!signal.aborted) await this.#sendNext();
    }
  }

  async #sendNext(): Promise<void> {
    const spans = this.#take();
    const body = exportRequest(spans, this.#options.resource);
    const { signal } = this.#closing;
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#post(body);
      if (failure === null) return;
      const isLast = !failure.mayPass || attempt >= ATTEMPTS_MAX || signal.aborted;
      if (isLast) return this.#drop(spans.length, failure.reason);
      await this.#options.wait(backOffMs(attempt, WAIT, this.#options.random), signal);
    }
  }

  #take(): readonly string[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < REQUEST_BYTES_MAX)) {
      bytes += this.#waiting[count]!.length;
      count++;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  /** Why it was not taken; null: it was. */
  async #post(
    body: string,
  ): Promise<{ readonly reason: string; readonly mayPass: boolean } | null> {
    try {
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      await answer.body?.cancel();
      if (answer.ok) return null;
      const mayPass = PASSING.has(answer.status);
      return { reason: `the collector answers with status ${answer.status}`, mayPass };
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      return { reason: `the collector does not answer: ${why}`, mayPass: true };
    }
  }

  #drop(count: number, reason: string): void {
    const isFirst = this.#dropped === 0;
    this.#dropped += count;
    if (isFirst)
      this.#options.complain(`spans are dropped, of which nothing else depends: ${reason}`);
  }
}
