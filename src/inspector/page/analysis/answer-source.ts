import type { Analysis } from "./contract.ts";

export type Told =
  | { readonly kind: "told"; readonly analysis: Analysis }
  /** A token is wanted; another one, if one was tried. */
  | { readonly kind: "locked"; readonly wasRefused: boolean }
  | { readonly kind: "failed"; readonly reason: string };

/** Who answers the questions of the page, by their queries. */
export interface AnswerSource {
  /** Those that are answered at all; null: any. */
  readonly queries: ReadonlySet<string> | null;
  ask(query: string): Promise<Told>;
}

/** Shared with the page of the inspector. */
const TOKEN = "inspector.token";

export const unlock = (token: string): void => sessionStorage.setItem(TOKEN, token);

/** What was written into the page when it was exported; else the server that the page is from. */
export function answerSource(): AnswerSource {
  const exported = document.getElementById("answers");
  if (exported === null) return { queries: null, ask: askServer };
  const answers = new Map(
    Object.entries(JSON.parse(exported.textContent) as Record<string, Analysis>),
  );
  return {
    queries: new Set(answers.keys()),
    ask: async (query) => {
      const analysis = answers.get(query);
      if (analysis !== undefined) return { kind: "told", analysis };
      return { kind: "failed", reason: "that was not exported" };
    },
  };
}

async function askServer(query: string): Promise<Told> {
  const token = sessionStorage.getItem(TOKEN);
  try {
    const response = await fetch(`/analysis/answer?${query}`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
    });
    if (response.status === 401) return { kind: "locked", wasRefused: token !== null };
    const value = (await response.json()) as Analysis | { readonly error: string };
    return "error" in value
      ? { kind: "failed", reason: value.error }
      : { kind: "told", analysis: value };
  } catch {
    return { kind: "failed", reason: "nobody answers" };
  }
}
