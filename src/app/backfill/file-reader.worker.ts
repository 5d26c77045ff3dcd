import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { ListedFile } from "../../ingest/feed/listed-file.ts";
import type { Fetched } from "../../ingest/feed/slice-feed.ts";
import { RetriableError } from "../../record/errors.ts";
import type { Archive } from "./archive.ts";
import { answerOf, type FileAnswer } from "./file-answer.ts";
import { type ArchivePlace, openArchive } from "./open-archive.ts";

const ATTEMPTS_MAX = 8;
const WAIT_MS = 500;
const WAIT_MS_MAX = 60_000;

const port = parentPort!;
const never = new AbortController().signal;
const opening = openArchive(workerData as ArchivePlace);
// Whoever asks for a file learns of it.
opening.catch(() => {});

/** What the world refuses is asked for again, ever more seldom. */
async function fetchPatiently(archive: Archive, file: ListedFile): Promise<Fetched> {
  for (let attempt = 1, waitMs = WAIT_MS; ; attempt++, waitMs = Math.min(WAIT_MS_MAX, 2 * waitMs)) {
    try {
      return await archive.fetch(file, never);
    } catch (error) {
      if (!(error instanceof RetriableError) || attempt === ATTEMPTS_MAX) throw error;
      await sleep(waitMs);
    }
  }
}

port.on("message", (file: ListedFile) => {
  const fetching = opening.then((archive) => fetchPatiently(archive, file));
  void answerOf(fetching).then(({ answer, moved }: { answer: FileAnswer; moved: ArrayBuffer[] }) =>
    port.postMessage(answer, moved),
  );
});
