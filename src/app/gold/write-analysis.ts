import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { PageAssets } from "../../inspector/http/page-assets.ts";
import { singlePage } from "../../inspector/http/single-page.ts";
import { type AnalysisFilter, filterQuery } from "../../inspector/page/analysis/analysis-filter.ts";
import type { Analysis } from "../../inspector/page/analysis/contract.ts";
import type { Database } from "../../sinks/postgres/database.ts";
import { GoldAnswers } from "../inspector/analysis/gold-answers.ts";

/** What is answered in a page that asks nobody: these spans, and of each the countries and themes most told of. */
const SPANS = [7, 1, 30] as const;
const COUNTRIES = 24;
const THEMES = 16;

export interface WrittenAnalysis {
  readonly file: string;
  readonly answers: number;
  readonly bytes: number;
}

/** Writes the page of the analysis with what Gold says now into a folder. @throws ConfigError when there is no Gold */
export async function writeAnalysis(database: Database, folder: string): Promise<WrittenAnalysis> {
  const gold = new GoldAnswers(database);
  const answers: Record<string, Analysis> = {};
  const ask = async (filter: AnalysisFilter): Promise<Analysis> => {
    const analysis = JSON.parse(await gold.answer(filter)) as Analysis;
    answers[filterQuery(filter)] = analysis;
    return analysis;
  };
  for (const days of SPANS) {
    const whole = { days, to: null, country: null, theme: null };
    const { countries, themes } = await ask(whole);
    for (const { code } of countries.slice(0, COUNTRIES)) await ask({ ...whole, country: code });
    for (const { theme } of themes.slice(0, THEMES)) await ask({ ...whole, theme });
  }
  const page = await singlePage(new PageAssets(), answers);
  const file = path.join(folder, "index.html");
  await mkdir(folder, { recursive: true });
  await writeFile(file, page);
  return { file, answers: Object.keys(answers).length, bytes: Buffer.byteLength(page) };
}
