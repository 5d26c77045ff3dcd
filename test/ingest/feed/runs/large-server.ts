import { hash } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { feedNamed, SLICE_MS, sliceFileName } from "../../../../src/gdelt/feeds.ts";
import { Random } from "../../../../src/ingest/slice-generator/random.ts";
import { zipOf } from "../../../../src/ingest/slice-generator/zip-writer.ts";

const START_MS = Date.UTC(2015, 1, 18, 23);
const FEEDS = ["events", "mentions", "gkg"];
const MB = 1_000_000;
/** Unpacked; as the largest slices were in 2015, and packed about as well. */
const CONTENT_BYTES: Readonly<Record<string, number>> = {
  events: MB,
  mentions: 2 * MB,
  gkg: 30 * MB,
};
const ROW_BYTES: Readonly<Record<string, number>> = { events: 400, mentions: 210, gkg: 12_000 };

/** Slices in the list of all files: lines for 120 MB of it. */
export const LARGE_LIST = { slices: 376_000, bytesMin: 120 * MB } as const;

/** Ten years of large slices: a list of 120 MB, made as it is sent, and the same files for each. */
export class LargeServer {
  readonly #server: Server;
  readonly #zips: ReadonlyMap<string, Buffer>;
  readonly #lineEnds: ReadonlyMap<string, string>;
  listBytesSent = 0;

  private constructor(zips: ReadonlyMap<string, Buffer>) {
    this.#zips = zips;
    this.#lineEnds = new Map(
      [...zips].map(([feed, zip]) => [feed, `${zip.length} ${hash("md5", zip)}`]),
    );
    this.#server = createServer(async ({ url = "" }, response) => {
      const name = url.slice(url.lastIndexOf("/") + 1);
      if (name === "lastupdate.txt") response.end(this.#lines(LARGE_LIST.slices - 1));
      else if (name === "masterfilelist.txt") await this.#sendList(response);
      else response.end(this.#zip(name));
    });
  }

  static async start(): Promise<LargeServer> {
    const zips = new Map<string, Buffer>();
    for (const feed of FEEDS) zips.set(feed, await zipOf(feed, rows(feed), START_MS));
    const server = new LargeServer(zips);
    const listening = Promise.withResolvers<void>();
    server.#server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/gdeltv2/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  static timeOf(slice: number): number {
    return START_MS + slice * SLICE_MS;
  }

  /** Rows that each slice has, by feed. */
  static rowsOf(feed: string): number {
    return Math.floor(CONTENT_BYTES[feed]! / ROW_BYTES[feed]!);
  }

  #zip(name: string): Buffer | undefined {
    const feed = FEEDS.find((each) => name.endsWith(`${feedNamed(each).suffix}.zip`));
    return this.#zips.get(feed ?? "");
  }

  #lines(slice: number): string {
    let lines = "";
    for (const feed of FEEDS) {
      const name = sliceFileName(feedNamed(feed), LargeServer.timeOf(slice), { zipped: true });
      lines += `${this.#lineEnds.get(feed)} http://data.gdeltproject.org/gdeltv2/${name}\n`;
    }
    return lines;
  }

  /** All of it, whatever part was asked for: the follower must not keep it. */
  async #sendList(response: ServerResponse): Promise<void> {
    const perChunk = 500;
    for (let slice = 0; slice < LARGE_LIST.slices; slice += perChunk) {
      let chunk = "";
      for (let i = slice; i < Math.min(slice + perChunk, LARGE_LIST.slices); i++)
        chunk += this.#lines(i);
      this.listBytesSent += chunk.length;
      if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end();
  }
}

/** Lines of digits, which pack to a third. */
function rows(feed: string): Buffer {
  const random = new Random(7);
  const bytes = ROW_BYTES[feed]!;
  const count = LargeServer.rowsOf(feed);
  const digits = Buffer.from(Array.from({ length: 100 * bytes }, () => 48 + random.below(6)));
  const content = Buffer.alloc(count * bytes);
  for (let row = 0; row < count; row++) {
    const at = row * bytes;
    // Farther apart than what deflate looks back.
    digits.copy(content, at, (row % 100) * bytes, ((row % 100) + 1) * bytes);
    content.write(`${1_300_000_000 + row}\ta\tb\tc\tdocument ${row}\te\t`, at);
    content[at + bytes - 1] = 10;
  }
  return content;
}
