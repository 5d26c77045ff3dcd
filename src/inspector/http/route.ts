import type { Operation } from "./operation.ts";

/** What was asked for, without anything of how. */
export interface Question {
  /** Without a query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Something that there is at a path, and what is said of it in `/openapi.json`. */
export interface Route {
  /** As OpenAPI writes it: `/events/{id}` takes any name in the place of the last. */
  readonly path: string;
  readonly operation: Operation;
  /** `name`: what stands in the place, where the path has one. */
  answer(question: Question, name: string): Answer | Promise<Answer>;
}

export const JSON_TYPE = "application/json; charset=utf-8";

export const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: JSON_TYPE,
  body: `${JSON.stringify(value)}\n`,
});

/** Nothing that is asked for has a longer name. */
const NAME_LENGTH_MAX = 100;

/** What the first route that is meant says. */
export async function answerOf(routes: readonly Route[], question: Question): Promise<Answer> {
  for (const route of routes) {
    const name = nameIn(question.path, route.path);
    if (name === undefined) continue;
    if (name === null) return json(400, { error: "a name in the path is badly encoded" });
    return await route.answer(question, name);
  }
  return json(404, { error: `there is no ${question.path.slice(0, NAME_LENGTH_MAX)}` });
}

/** What stands in the place that a path has at its end; undefined: another is meant; null: it is none. */
function nameIn(path: string, pattern: string): string | undefined | null {
  if (!pattern.endsWith("}")) return path === pattern ? "" : undefined;
  const before = pattern.slice(0, pattern.lastIndexOf("{"));
  const name = path.startsWith(before) ? path.slice(before.length) : "";
  if (name === "" || name.length > NAME_LENGTH_MAX || name.includes("/")) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}
