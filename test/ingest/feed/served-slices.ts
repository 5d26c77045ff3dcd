import {
  type GeneratedSlice,
  SliceStream,
} from "../../../src/ingest/slice-generator/generate-slices.ts";
import {
  fileListLine,
  packSlice,
  type SliceFile,
} from "../../../src/ingest/slice-generator/write-slices.ts";
import type { FeedServer } from "./feed-server.ts";

export const START_MS = Date.UTC(2026, 0, 1);

/** A stream of small slices. */
export const smallSlices = (translation = false): SliceStream =>
  new SliceStream({
    ...{ seed: 5, startMs: START_MS, eventsPerSlice: 8, gcamEntries: 2, translation },
  });

/** Publishes slices on a server as GDELT does it: the files, and then the lists that name them. */
export class Publication {
  readonly #server: FeedServer;
  readonly #lines = new Map<string, string>();

  constructor(server: FeedServer) {
    this.#server = server;
  }

  /** Feeds that are left out are not there, nor listed. */
  async publish(slice: GeneratedSlice, without: readonly string[] = []): Promise<SliceFile[]> {
    const files = (await packSlice(slice, { zipped: true })).filter(
      ({ feed }) => !without.includes(feed.name),
    );
    for (const { name, bytes } of files) this.#server.put(name, bytes);
    this.list(files);
    return files;
  }

  /** Names files in the lists, whatever is on the server. */
  list(files: readonly SliceFile[]): void {
    const suffix = files.some(({ feed }) => feed.translation) ? "-translation" : "";
    const newest = files.map((file) => fileListLine(file)).join("");
    const all = (this.#lines.get(suffix) ?? "") + newest;
    this.#lines.set(suffix, all);
    this.#server.put(`masterfilelist${suffix}.txt`, all);
    this.#server.put(`lastupdate${suffix}.txt`, newest);
  }
}
