import { type HttpClient, unexpected } from "./http-client.ts";
import { type ListedFile, parseListLine } from "./listed-file.ts";
import { FeedTrouble } from "./slice-feed.ts";

/** A list of the newest files has three lines. */
const LIST_BYTES_MAX = 65_536;

/** A short list, of which only changes count: what it said before may be out of date by now. */
export class ConditionalList {
  readonly #url: string;
  readonly #http: HttpClient;
  #validators: Readonly<Record<string, string>> = {};
  #text = "";

  constructor(url: string, http: HttpClient) {
    this.#url = url;
    this.#http = http;
  }

  /**
   * The files it names, if it has changed since it was read last; else none.
   * @throws FeedTrouble when it cannot be had, or names no file at all.
   */
  read(signal: AbortSignal): Promise<readonly ListedFile[]> {
    return this.#http.get(this.#url, this.#validators, signal, async (answer) => {
      if (answer.status === 304) return [];
      if (answer.status !== 200) throw unexpected(this.#url, answer);
      const text = await textOf(this.#url, answer.body);
      const lines = text.split("\n").map(parseListLine);
      const files = lines.filter((file) => file !== null);
      if (files.length === 0) {
        const begin = JSON.stringify(text.slice(0, 80));
        throw new FeedTrouble(`${this.#url}: names no file of a slice, it begins with ${begin}`);
      }
      this.#validators = validators(answer.headers);
      const hasChanged = text !== this.#text;
      this.#text = text;
      return hasChanged ? files : [];
    });
  }
}

async function textOf(url: string, body: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of body) {
    text += chunk.toString("latin1");
    if (text.length <= LIST_BYTES_MAX) continue;
    throw new FeedTrouble(`${url}: has more than ${LIST_BYTES_MAX} bytes, no list of one slice`);
  }
  return text;
}

function validators(headers: Headers): Record<string, string> {
  const found: Record<string, string> = {};
  const tag = headers.get("etag");
  if (tag !== null) found["if-none-match"] = tag;
  const modified = headers.get("last-modified");
  if (modified !== null) found["if-modified-since"] = modified;
  return found;
}
