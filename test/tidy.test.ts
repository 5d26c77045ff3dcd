import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";

/**
 * The rules of the house which no compiler checks. Each says in its failure what is meant, so that
 * it need not be looked up; and the first makes sure that the others have something to look at.
 */
const root = path.join(import.meta.dirname, "..");

interface SourceFile {
  /** From the root, with `/`. */
  readonly name: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
}

function filesUnder(folder: string): SourceFile[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const text = fs.readFileSync(path.join(root, folder, name), "utf8");
      return {
        name: `${folder}/${name.replaceAll(path.sep, "/")}`,
        text,
        code: withoutComments(text),
      };
    });
}

/** Strings are kept: a `//` in one does not begin a comment. */
function withoutComments(text: string): string {
  const token =
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (found) => (found.startsWith("/") ? "" : found));
}

const sources = filesUnder("src");
const tests = filesUnder("test");

/** Everything a file imports or exports from: [names, from where]. */
function importsOf({ code }: SourceFile): [names: string, specifier: string][] {
  const statement = /\b(?:import|export)\b([^;"'`]*?)\bfrom\s*["']([^"']+)["']/g;
  const bare = /\bimport\s*\(?\s*["']([^"']+)["']/g;
  return [
    ...[...code.matchAll(statement)].map(([, names, from]): [string, string] => [names!, from!]),
    ...[...code.matchAll(bare)].map(([, from]): [string, string] => ["*", from!]),
  ];
}

test("there are files to check", () => {
  assert.ok(
    sources.length > 20,
    `only ${sources.length} files under src: is this the right folder?`,
  );
  assert.ok(tests.length > 20, `only ${tests.length} files under test`);
  const imports = sources.flatMap(importsOf);
  assert.ok(imports.length > sources.length, `only ${imports.length} imports found`);
});

const ENGINE = ["record", "state", "operators", "topology", "runtime"];

/** What a folder of `src` may import, besides itself; a single file may be named. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  record: [],
  state: ENGINE.slice(0, 1),
  operators: ENGINE.slice(0, 2),
  topology: ENGINE.slice(0, 3),
  runtime: ENGINE.slice(0, 4),
  sources: ENGINE,
  sinks: ENGINE,
  inspector: ENGINE,
  gdelt: ["record"],
  bronze: ["record", "gdelt", "sinks/row-decoder.ts", "ingest/slice-entry.ts"],
  silver: ["record", "gdelt", "state", "operators", "topology"],
  ingest: ["record", "gdelt", "sources", "runtime/ports.ts"],
  "lake-sql": ["record", "state", "sinks"],
  audit: ["record", "gdelt", "sinks", "ingest", "lake-sql"],
  story: ["record", "gdelt", "lake-sql"],
  deploy: ["record"],
  testing: [...ENGINE, "sources", "sinks", "ingest", "inspector"],
  app: [
    ...ENGINE,
    "sources",
    "sinks",
    "inspector",
    "gdelt",
    "bronze",
    "silver",
    "ingest",
    "lake-sql",
    "audit",
    "story",
    "deploy",
    "testing",
  ],
};

test("imports point one way, and only app sees everything", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const folder = file.name.split("/")[1]!;
    const allowed = MAY_IMPORT[folder];
    assert.ok(allowed, `src/${folder} has no place in the import law of test/tidy.test.ts`);
    for (const [, specifier] of importsOf(file)) {
      if (!specifier.startsWith(".")) continue;
      const target = path.posix.join(path.posix.dirname(file.name), specifier);
      const [top, to = ""] = target.split("/");
      if (top === "src" && to === folder) continue;
      const isAllowed =
        top === "src"
          ? allowed.includes(to) || allowed.includes(target.slice("src/".length))
          : folder === "app" && target === "package.json";
      if (!isAllowed) {
        wrong.push(`${file.name} imports ${target}; src/${folder} may see ${allowed.join(", ")}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("an import names a file of this project by its whole path", () => {
  const wrong = [...sources, ...tests].flatMap((file) =>
    importsOf(file)
      .filter(([, from]) => from.startsWith(".") && !/\.(?:ts|json)$/.test(from))
      .map(([, from]) => `${file.name}: ${from}`),
  );
  assert.deepEqual(wrong, []);
});

/** Synchronous, and without a queue of their own; and types. */
const RXJS_ALLOWED = new Set([
  "concatAll",
  "defer",
  "filter",
  "map",
  "merge",
  "pipe",
  "tap",
  "Subject",
  "Observable",
  "OperatorFunction",
  "Subscription",
]);

test("the record path uses RxJS only where it is synchronous and holds no queue", () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const file of sources) {
    for (const [names, from] of importsOf(file)) {
      if (from !== "rxjs" && !from.startsWith("rxjs/")) continue;
      const imported = names
        .replace(/^\s*type\b|[{}]/g, "")
        .split(",")
        .map(
          (name) =>
            name
              .trim()
              .replace(/^type\s+/, "")
              .split(/\s+as\s+/)[0]!,
        )
        .filter((name) => name !== "");
      seen += imported.length;
      const bad = imported.filter((name) => from !== "rxjs" || !RXJS_ALLOWED.has(name));
      if (bad.length > 0) wrong.push(`${file.name}: ${bad.join(", ")} of ${from}`);
    }
  }
  assert.ok(seen > 10, `only ${seen} names of RxJS are imported`);
  assert.deepEqual(wrong, [], "an operator that waits or queues breaks the order of a commit");
});

test("time and randomness come from outside: only app asks for them", () => {
  const forbidden =
    /\bDate\.now\b|\bMath\.random\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bhrtime\b|\brandom(?:UUID|Bytes|Int)\b/;
  const wrong = sources
    .filter(({ name, code }) => !name.startsWith("src/app/") && forbidden.test(code))
    .map(({ name, code }) => `${name}: ${code.match(forbidden)![0]}; take a Clock or a generator`);
  assert.deepEqual(wrong, []);
  assert.ok(
    sources.some(({ name, code }) => name.startsWith("src/app/") && forbidden.test(code)),
    "app reads no clock at all: does this rule still find anything?",
  );
});

const LINES_MAX = 400;

test("a file is one idea, of at most 400 lines", () => {
  const long = sources
    .map(({ name, text }) => [name, text.split("\n").length - 1] as const)
    .filter(([, lines]) => lines > LINES_MAX);
  assert.deepEqual(long, []);
});

test("a file is named for what is in it, in kebab case", () => {
  const nameless = /^(?:utils?|helpers?|common|misc|shared|index|types|constants)$/;
  const wrong = [...sources, ...tests]
    .map(({ name }) => name)
    .filter((name) =>
      name
        .replace(/(?:\.test|\.worker)?\.ts$/, "")
        .split("/")
        .some((part) => nameless.test(part) || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(part)),
    );
  assert.deepEqual(wrong, []);
});

test("what a file exports has a name, and is its own", () => {
  const wrong = sources.flatMap(({ name, code }) => [
    ...(/\bexport\s+default\b/.test(code) ? [`${name} has a default export`] : []),
    ...(/\bexport\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*from\b/.test(code)
      ? [`${name} exports what another file exports: import it from there`]
      : []),
  ]);
  assert.deepEqual(wrong, []);
});

test("a test does not run alone, and none is switched off", () => {
  const wrong = tests
    .filter(({ code }) => /\b(?:test|it|describe)\.(?:only|todo)\(|\bonly:\s*true/.test(code))
    .map(({ name }) => name);
  assert.deepEqual(wrong, []);
});
