import { LRUCache } from "lru-cache";
import {
  type AnalysisFilter,
  filterQuery,
} from "../../../inspector/page/analysis/analysis-filter.ts";
import type {
  Analysis,
  AnsweredFilter,
  CountryNews,
  GoldRun,
  SourceShare,
} from "../../../inspector/page/analysis/contract.ts";
import { ConfigError } from "../../../record/errors.ts";
import type { Database, Transaction } from "../../../sinks/postgres/database.ts";
import { KNOWN_DAYS, LATEST_RUN, STATEMENTS } from "./analysis-statements.ts";

/** People wait for it. */
const TIMEOUT_MS = 10_000;

/** Of answers that are kept. */
const KEPT_CHARS_MAX = 8_000_000;

/** A login may be of somebody who writes: nothing but what a reader may do is done with it. */
const AS_READER = `select set_config('role', rolname, true) from pg_roles
  where rolname = 'gdelt_reader' and pg_has_role(oid, 'member')`;

const HAS_GOLD = "select to_regclass('gold.gold_daily_quality') is not null";

type Row = readonly (string | null)[];

/**
 * Answers of the schema gold, as JSON. All of an answer is of one run; it is kept for as long as no other
 * run has published.
 */
export class GoldAnswers {
  readonly #database: Database;
  readonly #kept = new LRUCache<string, { readonly runId: number; readonly body: string }>({
    maxSize: KEPT_CHARS_MAX,
    sizeCalculation: ({ body }) => body.length,
  });

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ConfigError when there is no Gold; StatementError, RetriableError when it cannot be asked. */
  answer(filter: AnalysisFilter): Promise<string> {
    const key = filterQuery(filter);
    return this.#database.transaction(
      async (tx) => {
        // One snapshot: a run may publish between two questions.
        await tx.execute(
          "set transaction isolation level repeatable read, read only; set local time zone 'UTC'",
        );
        await tx.query(AS_READER);
        const run = await latestRun(tx);
        const kept = this.#kept.get(key);
        if (kept?.runId === run.id) return kept.body;
        const body = JSON.stringify(await analysisOf(tx, run, filter));
        this.#kept.set(key, { runId: run.id, body });
        return body;
      },
      { timeoutMs: TIMEOUT_MS },
    );
  }
}

async function latestRun(tx: Transaction): Promise<GoldRun> {
  const { rows: has } = await tx.query(HAS_GOLD);
  if (has[0]![0] !== "t") {
    throw new ConfigError(
      "this mart has no tables for Gold yet: run gdelt-streams mart migrate, then gdelt-streams gold run",
    );
  }
  const { rows } = await tx.query(LATEST_RUN);
  const [run] = rows;
  if (run === undefined) {
    throw new ConfigError(
      "Gold has not been made yet: gdelt-streams gold run --lake … --mart … makes it whenever a slice has closed",
    );
  }
  return { id: Number(run[0]), finishedAt: `${run[1]}Z`, slicesClosed: Number(run[2]) };
}

async function analysisOf(
  tx: Transaction,
  run: GoldRun,
  { days, to, country, theme }: AnalysisFilter,
): Promise<Analysis> {
  const { rows: known } = await tx.query(KNOWN_DAYS);
  const [first, last] = known[0]!;
  const end = to ?? last ?? null;
  const start = end === null ? null : dayBefore(end, days - 1);
  const filter: AnsweredFilter = { from: start, to: end, country, theme };
  const of = async (name: keyof typeof STATEMENTS): Promise<readonly Row[]> => {
    const asked = await tx.query(STATEMENTS[name], [start, end, country, theme], `gold-${name}`);
    return asked.rows;
  };
  const [quality] = await of("quality");
  return {
    run,
    known: first && last ? { first, last } : null,
    filter,
    countries: (await of("countries")).map(countryNews),
    days: (await of("days")).map(([day, ...news]) => ({ day: day!, ...newsOf(news) })),
    tones: (await of("tones")).map(([from, events]) => ({
      from: Number(from),
      events: Number(events),
    })),
    routes: (await of("routes")).map(([from, into, events, tone]) => ({
      ...{ from: from!, to: into!, events: Number(events), tone: numberOf(tone!) },
    })),
    themes: (await of("themes")).map(([name, events, expected, rise, isNew]) => ({
      ...{ theme: name!, events: Number(events), expected: numberOf(expected!) },
      ...{ rise: numberOf(rise!), isNew: isNew === "t" },
    })),
    stories: (await of("stories")).map(storyOf),
    sources: (await of("sources")).map(([kind, name, mentions, share]) => ({
      ...{ kind: kind as SourceShare["kind"], name: name! },
      ...{ mentions: Number(mentions), share: Number(Number(share).toFixed(4)) },
    })),
    quality: qualityOf(quality!),
  };
}

function dayBefore(day: string, days: number): string {
  const date = new Date(day);
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10);
}

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

const newsOf = ([events, ...others]: Row): Omit<CountryNews, "code" | "english" | "korean"> => {
  const [a, b, c, d, goldstein = null, tone = null] = others;
  return {
    events: Number(events),
    quads: [Number(a), Number(b), Number(c), Number(d)],
    goldstein: numberOf(goldstein),
    tone: numberOf(tone),
  };
};

const countryNews = ([english, korean, code, ...news]: Row): CountryNews => ({
  ...{ code: code!, english: english!, korean: korean! },
  ...newsOf(news),
});

function storyOf(row: Row): Analysis["stories"][number] {
  const [id, day, country, sentence, mentions, sources, tone, goldstein, themes, source, url] = row;
  return {
    ...{ id: id!, day: day!, country: country!, sentence: sentence! },
    ...{ mentions: Number(mentions), sources: Number(sources) },
    ...{ tone: numberOf(tone!), goldstein: numberOf(goldstein!) },
    ...{ themes: JSON.parse(themes!) as string[], source: source ?? null, url: url ?? null },
  };
}

function qualityOf(row: Row): Analysis["quality"] {
  const [events, located, complete, themed, mentions, joined, withContext] = row.map(Number);
  return {
    ...{ events: events!, located: located!, complete: complete!, themed: themed! },
    ...{ mentions: mentions!, joined: joined!, withContext: withContext! },
  };
}
