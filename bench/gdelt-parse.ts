import { DocumentDistiller } from "../src/gdelt/document-context.ts";
import { GrowableBytes } from "../src/gdelt/growable-bytes.ts";
import { eventProblem } from "../src/gdelt/parse-event.ts";
import { gkgProblem } from "../src/gdelt/parse-gkg.ts";
import { mentionProblem } from "../src/gdelt/parse-mention.ts";
import type { RowProblem } from "../src/gdelt/row-problem.ts";
import { type SentenceInput, sentence } from "../src/gdelt/sentence.ts";
import { TsvRows } from "../src/gdelt/tsv-rows.ts";
import { type Rows, sampleRows } from "../test/gdelt/samples.ts";

/**
 * Cost of the pure parse of real files, one core: splitting rows, checking them, distilling GKG
 * rows, writing sentences. Prints JSON; the best of some rounds, since noise only ever adds.
 */
const ROUNDS = 25;

function bestMs(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    run();
    best = Math.min(best, performance.now() - startedMs);
  }
  return best;
}

function rates(ms: number, rows: Rows) {
  return {
    rowsPerSecond: Math.round((rows.length / ms) * 1000),
    mbPerSecond: Math.round(rows.bytes.length / ms / 1000),
    microsecondsPerRow: Number(((ms * 1000) / rows.length).toFixed(2)),
  };
}

function measureFeed(file: string, columns: number, problem: RowProblem) {
  const rows = sampleRows(file);
  const split = new TsvRows(columns);
  const splitMs = bestMs(() => split.load(rows));
  const checkMs = bestMs(() => {
    split.load(rows);
    for (let row = 0; row < rows.length; row++) {
      const found = problem(split, row);
      if (found !== null) throw new Error(found);
    }
  });
  return { file, rows: rows.length, split: rates(splitMs, rows), check: rates(checkMs, rows) };
}

function measureDistil(file: string) {
  const rows = sampleRows(file);
  const split = new TsvRows(27);
  split.load(rows);
  const distiller = new DocumentDistiller();
  const target = new GrowableBytes();
  const ms = bestMs(() => {
    target.clear();
    for (let row = 0; row < rows.length; row++) distiller.distil(split, row, target);
  });
  const contextBytes = Math.round(target.length / rows.length);
  return { file, rows: rows.length, contextBytes, distil: rates(ms, rows) };
}

function measureSentence() {
  const input: SentenceInput = {
    actor1Name: "FRANCE",
    actor1CountryCode: "FRA",
    actor1TypeCode: null,
    actor2Name: null,
    actor2CountryCode: "DEU",
    actor2TypeCode: "GOV",
    eventCode: "040",
    place: "Berlin, Berlin, Germany",
    leadSource: "bbc.co.uk",
    sourceCount: 5,
    tone: 2.4,
    themes: ["PEACE_TALKS", "DIPLOMACY"],
  };
  const calls = 100_000;
  const target = new Uint8Array(1024);
  const encoder = new TextEncoder();
  // Encoded as well, as whoever stores it does: an unread string is a rope not yet joined.
  const ms = bestMs(() => {
    for (let i = 0; i < calls; i++) encoder.encodeInto(sentence(input), target);
  });
  return { microsecondsPerCall: Number(((ms * 1000) / calls).toFixed(3)) };
}

const measured = {
  node: process.version,
  feeds: [
    measureFeed("joined/gdeltv2/20150218230000.export.CSV.zip", 61, eventProblem),
    measureFeed("joined/gdeltv2/20150218230000.mentions.CSV.zip", 16, mentionProblem),
    measureFeed("real/20230702153000.gkg.csv.zip", 27, gkgProblem),
  ],
  distil: measureDistil("real/20230702153000.gkg.csv.zip"),
  sentence: measureSentence(),
};
console.log(JSON.stringify(measured, null, 2));
