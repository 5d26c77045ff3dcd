import path from "node:path";
import { Worker } from "node:worker_threads";
import type { ListedFile } from "../../ingest/feed/listed-file.ts";
import type { FeedFile } from "../../sources/feed-file.ts";
import { type FileAnswer, fileOf } from "./file-answer.ts";
import type { ArchivePlace } from "./open-archive.ts";

/** Sources run as they are, and a package as JavaScript: the extension is that of this file. */
const PROGRAM = path.join(
  import.meta.dirname,
  `file-reader.worker${path.extname(import.meta.filename)}`,
);

interface Asked {
  readonly file: ListedFile;
  readonly answer: PromiseWithResolvers<FeedFile | null>;
}

/** Threads that read, unpack and check files, each one at a time, so that the joins need not. */
export class FileReaders {
  readonly #place: ArchivePlace;
  readonly #idle: Worker[] = [];
  readonly #workers = new Set<Worker>();
  readonly #waiting: Asked[] = [];

  constructor(place: ArchivePlace, threads: number) {
    this.#place = place;
    for (let i = 0; i < threads; i++) this.#start(i);
  }

  /** null: it is not there. @throws FeedFileError; RetriableError when it cannot be had for now. */
  read(file: ListedFile): Promise<FeedFile | null> {
    const answer = Promise.withResolvers<FeedFile | null>();
    this.#waiting.push({ file, answer });
    this.#next();
    return answer.promise;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #start(number: number): void {
    const worker = new Worker(PROGRAM, { name: `reader-${number}`, workerData: this.#place });
    // A process that has nothing else to do ends.
    worker.unref();
    this.#workers.add(worker);
    this.#idle.push(worker);
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const { file, answer } = this.#waiting.shift()!;
      void this.#ask(this.#idle.pop()!, file).then(answer.resolve, answer.reject);
    }
  }

  async #ask(worker: Worker, file: ListedFile): Promise<FeedFile | null> {
    const said = Promise.withResolvers<FileAnswer>();
    worker.once("message", said.resolve);
    worker.once("error", said.reject);
    worker.ref();
    worker.postMessage(file);
    try {
      return fileOf(await said.promise);
    } finally {
      worker.unref();
      worker.off("message", said.resolve);
      worker.off("error", said.reject);
      this.#idle.push(worker);
      this.#next();
    }
  }
}
