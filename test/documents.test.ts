import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "..");
const documents = globSync(["*.md", "docs/**/*.md"], { cwd: root });
const textOf = (document: string) => readFileSync(path.join(root, document), "utf8");

test("there are documents to check", () => {
  assert.ok(documents.includes("README.md"), documents.join(", "));
  assert.ok(documents.some((name) => name.startsWith(path.join("docs", "decisions"))));
});

test("a link of a document leads to a file", () => {
  const broken = documents.flatMap((document) => {
    const links = [...textOf(document).matchAll(/\]\((?!https?:)([^)#]+)/g)];
    return links
      .map(([, link]) => path.join(root, path.dirname(document), link!))
      .filter((target) => !existsSync(target))
      .map((target) => `${document}: ${path.relative(root, target)}`);
  });
  assert.deepEqual(broken, []);
});

test("a path that a document names is there", () => {
  const named = /`((?:src|test|scripts|bench|bin|docs)\/[\w./-]*\w)`/g;
  const missing = documents.flatMap((document) =>
    [...textOf(document).matchAll(named)]
      .filter(([, name]) => !existsSync(path.join(root, name!)))
      .map(([, name]) => `${document}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

test("every decision is in the list of decisions", () => {
  const folder = path.join(root, "docs", "decisions");
  const pages = globSync("[0-9]*.md", { cwd: folder });
  const list = readFileSync(path.join(folder, "README.md"), "utf8");
  assert.ok(pages.length > 0);
  assert.deepEqual(
    pages.filter((page) => !list.includes(`(${page})`)),
    [],
  );
});
