import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { toldSentence } from "../../../src/app/inspector/told-sentence.ts";
import { tellWhileWatched } from "../../../src/app/inspector/watched-sentences.ts";
import { SentenceRing } from "../../../src/inspector/sentence-ring.ts";
import { MemoryLog } from "../../../src/sources/memory-log.ts";

const TOPIC = "silver.events";

test("the log is opened only while somebody watches, again after it failed, and closed", async () => {
  const ring = new SentenceRing();
  const stop = new AbortController();
  const said: string[] = [];
  let opened = 0;
  let closed = 0;
  const open = async () => {
    opened++;
    if (opened === 1) throw new Error("no broker");
    const log = new MemoryLog();
    await log.createTopics([{ name: TOPIC, partitions: 1, retention: "forever" }]);
    const close = log.close.bind(log);
    log.close = async () => {
      closed++;
      await close();
    };
    return log;
  };
  const say = (line: string) => void said.push(line);
  const telling = tellWhileWatched(ring, { topic: TOPIC, open, say }, stop.signal, turn);
  for (let i = 0; i < 10; i++) await turn();
  assert.equal(opened, 0);
  const leave = ring.watch(() => {});
  while (opened < 2) await turn();
  assert.match(said.join(), /no broker.*again soon/);
  leave();
  while (closed === 0) await turn();
  assert.deepEqual([opened, closed], [2, 1]);
  ring.watch(() => {});
  while (opened < 3) await turn();
  stop.abort();
  await telling;
  assert.equal(closed, 2);
});

test("an article that is no page of the web is no address", () => {
  const told = {
    ...{ eventId: "1", sliceMs: 900_000, sentence: "A met B", mentionCount: 1 },
    ...{ tone: -1, goldstein: 2, quadClass: 3, country: "FR", latitude: 1, longitude: 2 },
  };
  const sentence = toldSentence({ ...told, article: "https://news.example/a" });
  assert.deepEqual(sentence, {
    ...{ id: "1", slice: 900, sentence: "A met B", url: "https://news.example/a", tone: -1 },
    ...{ goldstein: 2, quad: 3, country: "FR", lat: 1, lon: 2 },
  });
  assert.equal(toldSentence({ ...told, article: "BBC Monitoring" }).url, null);
});
