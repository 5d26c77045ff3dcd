import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../record/clock.ts";

/** Whether an address is this machine's own, which nobody else can reach. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Whether a request has the token; without one everybody has. Takes as long for all that are wrong. */
export const hasToken = (token: string | null, authorization: string | undefined): boolean =>
  token === null || timingSafeEqual(digest(`Bearer ${token}`), digest(authorization ?? ""));

/**
 * Whether a request was meant for this server: a page of the Internet may have a name of its own that
 * leads to this machine, and read through the browser of whoever sits at it.
 */
export function isMeantForUs(host: string | undefined): boolean {
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return isLoopback(name);
}

const PER_SECOND = 20;
const BURST = 100;

/** So many requests at once, and so many a second for long: more than any number of scrapers need. */
export class RateLimit {
  readonly #clock: Clock;
  #left = BURST;
  #atMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.nowMs();
  }

  /** Whether there may be one more. */
  take(): boolean {
    const nowMs = this.#clock.nowMs();
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * PER_SECOND;
    this.#left = Math.min(BURST, this.#left + gained);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
