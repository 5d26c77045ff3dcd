import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { feedNamed } from "../../../src/gdelt/feeds.ts";
import { FolderFeed } from "../../../src/ingest/feed/folder-feed.ts";
import { HttpClient } from "../../../src/ingest/feed/http-client.ts";
import { HttpFeed } from "../../../src/ingest/feed/http-feed.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import { FeedServer } from "./feed-server.ts";
import { Publication } from "./served-slices.ts";
import { sliceFeedSuite } from "./slice-feed-suite.ts";

const feeds = ["events", "mentions", "gkg"];
const scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-feeds-"));
const servers: FeedServer[] = [];
after(async () => {
  for (const server of servers) await server.close();
  await rm(scratch, { recursive: true, force: true });
});

sliceFeedSuite("HttpFeed, as any feed", async () => {
  const server = await FeedServer.start();
  servers.push(server);
  const publication = new Publication(server);
  const http = new HttpClient({ fetch, userAgent: "test", idleMs: 5000, wholeMs: 20_000 });
  return {
    feed: new HttpFeed({ baseUrl: server.baseUrl, feeds, http }),
    publish: async (slices) => {
      for (const slice of slices) await publication.publish(slice);
    },
    replace: async ({ feed, name }, bytes, tell) => {
      server.put(name, bytes);
      if (tell) publication.list([{ feed: feedNamed(feed), name, bytes }]);
    },
    remove: async ({ name }) => server.remove(name),
  };
});

sliceFeedSuite("FolderFeed, as any feed", async () => {
  const folder = await mkdtemp(join(scratch, "slices-"));
  return {
    feed: new FolderFeed({ folder, feeds }),
    publish: (slices) => writeSlices(folder, slices, { zipped: true }),
    replace: async ({ name }, bytes) => {
      await writeFile(join(folder, "aside"), bytes);
      await rename(join(folder, "aside"), join(folder, name));
    },
    remove: ({ name }) => rm(join(folder, name)),
  };
});
