import { styleText } from "node:util";
import { stampOf } from "../gdelt/feeds.ts";
import type { LiveStatus } from "./live-pipeline.ts";
import type { Told } from "./sentence-tail.ts";

/** Between two status lines where nobody can redraw one. */
const PLAIN_INTERVAL_MS = 10_000;

/**
 * What a person sees of a running pipeline: sentences scroll by as events become complete, below them
 * stands how it goes. Where the output is no terminal, lines follow one another.
 */
export class LiveView {
  readonly #stream: NodeJS.WriteStream;
  readonly #target: string;
  #footer: readonly string[] = [];
  #lastPlainMs = Number.NEGATIVE_INFINITY;

  /** @param target where the tables are, for the reader. */
  constructor(stream: NodeJS.WriteStream, target: string) {
    this.#stream = stream;
    this.#target = target;
  }

  show(status: LiveStatus, told: readonly Told[]): void {
    const sentences = told.map((one) => this.#sentence(one));
    if (this.#stream.isTTY) {
      this.#redraw(sentences, statusLines(status, this.#target));
      return;
    }
    const elapsedMs = status.seconds * 1000;
    const isDue = elapsedMs - this.#lastPlainMs >= PLAIN_INTERVAL_MS;
    if (isDue) this.#lastPlainMs = elapsedMs;
    const lines = isDue ? [...sentences, ...statusLines(status, this.#target)] : sentences;
    for (const line of lines) this.#stream.write(`${line}\n`);
  }

  /** A line that stays. */
  say(line: string): void {
    if (this.#stream.isTTY) this.#redraw([printable(line)], this.#footer);
    else this.#stream.write(`${printable(line)}\n`);
  }

  /** How it ended; stays. */
  end(status: LiveStatus): void {
    const lines = statusLines(status, this.#target);
    if (this.#stream.isTTY) this.#redraw(lines, []);
    else for (const line of lines) this.#stream.write(`${line}\n`);
  }

  #redraw(lines: readonly string[], footer: readonly string[]): void {
    const { columns = 80 } = this.#stream;
    const up = this.#footer.length === 0 ? "" : `\x1b[${this.#footer.length}A\x1b[J`;
    // A line that wraps would make the footer higher than the cursor goes up.
    const below = footer.map((line) => this.#dim(line.slice(0, columns - 1)));
    this.#stream.write(`${up}${[...lines, ...below].map((line) => `${line}\n`).join("")}`);
    this.#footer = footer;
  }

  #sentence({ sliceMs, sentence, eventId }: Told): string {
    const time = stampOf(sliceMs).replace(/^\d{8}(..)(..).*/, "$1:$2");
    return `${this.#dim(time)}  ${printable(sentence)} ${this.#dim(`[${eventId}]`)}`;
  }

  #dim(text: string): string {
    return styleText("dim", text, { stream: this.#stream });
  }
}

/** It is text from the Internet: what would move the cursor or ring the bell is not for a terminal. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}|\p{Cf}/gu, "\ufffd");

export function statusLines(status: LiveStatus, target: string): string[] {
  const { feed, outcomes, rates } = status;
  const rows = Object.values(feed.rows).reduce((sum, count) => sum + count, 0);
  const trouble = Object.entries(feed.outcomes).filter(([outcome]) => outcome !== "ok");
  const files = [
    `${number(feed.slices)} slices`,
    ...trouble.map(([outcome, count]) => `${number(count)} ${outcome.replaceAll("_", " ")}`),
  ];
  const tables = Object.entries(status.tables).map(([name, count]) => `${name} ${number(count)}`);
  return [
    `-- ${clock(status.seconds)}  slice ${slice(status.newestMs)}  watermark ${slice(status.watermarkMs)}  ` +
      `${files.join(", ")}`,
    `   ${number(rows)} rows in, ${number(status.rowsPerSecond)} rows/s, ${number(status.lag)} behind  ` +
      `events ${number(outcomes.events["SILVER_COMPLETE"] ?? 0)} complete, ` +
      `${number(outcomes.events["WAITING"] ?? 0)} waiting  ` +
      `mentions with event ${percent(rates.joined)}, with context ${percent(rates.withContext)}`,
    `   ${target}: ${tables.join(", ")}`,
  ];
}

const number = (value: number): string => Math.round(value).toLocaleString("en-US");

const percent = (share: number | null): string =>
  share === null ? "-" : `${(share * 100).toFixed(1)} %`;

function clock(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const slice = (sliceMs: number | null): string =>
  sliceMs === null || !Number.isFinite(sliceMs) || sliceMs >= 8.64e15
    ? "-"
    : new Date(sliceMs).toISOString().slice(0, 16).replace("T", " ");
