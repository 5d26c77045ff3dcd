import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { feedNamed, parseSliceFileName, SLICE_MS } from "../../../src/gdelt/feeds.ts";
import type { FaultRates } from "../../../src/ingest/simulator/fault-rates.ts";
import { FeedServer, type Wait } from "../../../src/ingest/simulator/feed-server.ts";
import type { ListFolder } from "../../../src/ingest/simulator/list-folder.ts";
import { PublishedFeed } from "../../../src/ingest/simulator/published-feed.ts";
import {
  SliceStream,
  type StreamSpec,
} from "../../../src/ingest/slice-generator/generate-slices.ts";
import { unpackZip } from "../../../src/sources/zip-file.ts";

/** What the simulator's tests have in common: small slices, and a server that a test publishes on. */
export const START_MS = Date.UTC(2026, 3, 21, 11);
export const STREAM: StreamSpec = {
  seed: 3,
  startMs: START_MS,
  eventsPerSlice: 30,
  gcamEntries: 20,
};

export interface ServedSpec {
  readonly rates?: FaultRates;
  readonly slices?: number | null;
  readonly seed?: number;
  readonly translation?: boolean;
  readonly baseUrl?: string;
  /** The slice which is the newest at first. */
  readonly newest?: number;
  readonly folder?: ListFolder;
  readonly wait?: Wait;
  readonly port?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** A feed on a port of its own. */
export class Served {
  readonly feed: PublishedFeed;
  readonly server: FeedServer;
  readonly failures: unknown[];

  private constructor(feed: PublishedFeed, server: FeedServer, failures: unknown[]) {
    this.feed = feed;
    this.server = server;
    this.failures = failures;
  }

  static async open(spec: ServedSpec = {}): Promise<Served> {
    const { rates = {}, slices = null, seed = STREAM.seed, translation = false } = spec;
    const stream = { ...STREAM, seed };
    const feed = await PublishedFeed.open(
      { stream, translation, faults: { seed, rates, slices } },
      spec.newest ?? 0,
      spec.folder ?? null,
    );
    const failures: unknown[] = [];
    const server = await FeedServer.open(feed, {
      host: "127.0.0.1",
      port: spec.port ?? 0,
      baseUrl: spec.baseUrl ?? null,
      wait: spec.wait ?? (async () => {}),
      onFailure: (error) => failures.push(error),
    });
    return new Served(feed, server, failures);
  }

  async get(name: string, init: RequestInit = {}): Promise<Reply> {
    const response = await fetch(this.server.url + name, init);
    const { status, headers } = response;
    return { status, headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  async text(name: string): Promise<string> {
    const { status, bytes } = await this.get(name);
    assert.equal(status, 200, name);
    return bytes.toString();
  }

  /** Size, MD5 and name of each line of a list. */
  async lines(list: string): Promise<readonly ListLine[]> {
    const text = await this.text(list);
    assert(text.endsWith("\n"));
    return text
      .slice(0, -1)
      .split("\n")
      .map((line) => {
        const [, size, md5, url] = /^(\d+) ([\da-f]{32}) (\S+)$/.exec(line) ?? assert.fail(line);
        assert(url!.startsWith(this.server.url), line);
        return { size: Number(size), md5: md5!, name: url!.slice(this.server.url.length) };
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    assert.deepEqual(this.failures, []);
  }
}

export interface ListLine {
  readonly size: number;
  readonly md5: string;
  readonly name: string;
}

export const sliceMsOf = (slice: number): number => START_MS + slice * SLICE_MS;

/** The content of a file as it would be without any fault, unpacked. */
export function faultless(name: string): Buffer {
  const { feed, sliceMs } = parseSliceFileName(name)!;
  const stream = streams[Number(feedNamed(feed).translation)]!;
  const slice = (sliceMs - START_MS) / SLICE_MS;
  if (slice !== generated.slice || stream !== generated.stream) {
    generated = { slice, stream, feeds: stream.slice(slice).feeds };
  }
  return generated.feeds.get(feed)!;
}

const streams = [false, true].map((translation) => new SliceStream({ ...STREAM, translation }));
/** The last one asked for: tests go from slice to slice. */
let generated: { slice: number; stream: SliceStream | null; feeds: ReadonlyMap<string, Buffer> } = {
  slice: -1,
  stream: null,
  feeds: new Map(),
};

export const unpacked = (name: string, bytes: Buffer): Promise<Buffer> =>
  unpackZip({ name, bytes, fileBytes: bytes.length, checksum: hash("md5", bytes) });

/** Lines with their newlines, byte for byte. */
export const rowsIn = (content: Buffer): string[] => content.toString("latin1").split(/(?<=\n)/);
