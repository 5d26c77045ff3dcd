import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-package-"));
/** The folder of a user, who knows nothing of the checkout. */
const user = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-user-"));

after(() => {
  for (const folder of [scratch, user]) rmSync(folder, { recursive: true, force: true });
});

/** As a user with this Node would run it: without what `npm test` has put into the environment. */
const inFolder = (cwd: string, command: string, ...args: string[]) => {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|command|execpath|config_local_prefix)/.test(name),
  );
  const bin = path.join(root, "node_modules", ".bin");
  const searched = (process.env["PATH"] ?? "").split(":").filter((folder) => folder !== bin);
  const PATH = [path.dirname(process.execPath), ...searched].join(":");
  const env = { ...Object.fromEntries(kept), PATH };
  return run(command, args, { cwd, env, timeout: 300_000, maxBuffer: 64 << 20 });
};

async function pack(): Promise<string> {
  await inFolder(root, "npm", "pack", "--silent", "--pack-destination", scratch);
  const [tarball, ...others] = readdirSync(scratch).filter((name) => name.endsWith(".tgz"));
  assert.ok(tarball !== undefined && others.length === 0, "npm pack makes one tarball");
  return path.join(scratch, tarball);
}

/** Asked without patience: an install would try for minutes. */
const hasRegistry = (): Promise<boolean> =>
  inFolder(user, "npm", "view", "rxjs", "version", "--fetch-retries=0").then(
    () => true,
    () => false,
  );

async function install(tarball: string): Promise<void> {
  writeFileSync(path.join(user, "package.json"), '{ "private": true, "type": "module" }\n');
  await inFolder(user, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);
}

/** The program of the README, and what the README says it prints. */
function readmeExample(): { program: string; output: string } {
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const [, program, output] = /```ts\n(.*?)```\n\n.*?```\n(.*?)```/s.exec(readme) ?? [];
  assert.ok(program && output, "the README has a program in TypeScript and its output");
  return { program, output };
}

const tarball = await pack();
const noRegistry = (await hasRegistry()) ? false : "no package registry can be reached";
if (noRegistry === false) await install(tarball);

describe("the package", () => {
  test("holds the built program and its papers, and nothing else", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball]);
    const files = stdout
      .trim()
      .split("\n")
      .map((file) => file.replace("package/", ""));
    const papers = ["CHANGELOG.md", "LICENSE", "NOTICE", "README.md", "package.json"];
    const gold = ["build.py", "dbt_project.yml", "profiles.yml", "requirements.txt"]
      .map((name) => `gold/${name}`)
      .concat("scripts/gold-python");
    const others = files.filter(
      (file) =>
        !/^dist\/.*(\.js|\.d\.ts)$|^migrations\/\d{4}-[a-z-]+\.sql$/.test(file) &&
        !/^dist\/inspector\/page\/(page|panels|analysis\/analysis)\.(html|css)$/.test(file) &&
        !/^gold\/(macros|models|seeds|tests)\/[a-z_/]+\.(sql|yml|csv)$/.test(file),
    );
    assert.deepEqual(
      others.sort(),
      [...papers, ...gold, "bin/gdelt-streams.js", "contracts/silver.odcs.yaml"].sort(),
    );
    for (const target of Object.values<string>(manifest.exports)) {
      const types = target.replace(/\.js$/, ".d.ts");
      for (const wanted of new Set([target, types])) {
        const [start, end = ""] = wanted.replace("./", "").split("*");
        const found = files.some((file) => file.startsWith(start!) && file.endsWith(end));
        assert.ok(found, `${wanted} is in the package`);
      }
    }
  });

  test("brings its users no tool of ours", { skip: noRegistry }, () => {
    for (const name of Object.keys(manifest.devDependencies)) {
      // Types of Node come with Arrow.
      if (name === "@types/node") continue;
      assert.ok(!existsSync(path.join(user, "node_modules", name)), `${name} is not installed`);
    }
  });

  test("runs the program of the README, which passes a strict tsc", {
    skip: noRegistry,
  }, async () => {
    const { program, output } = readmeExample();
    writeFileSync(path.join(user, "program.ts"), program);
    const options = ["--strict", "--module", "nodenext", "--target", "es2024", "--noEmit"];
    const tsc = path.join(root, "node_modules", ".bin", "tsc");
    await inFolder(user, tsc, ...options, "--types", "node", "program.ts");
    const { stdout } = await inFolder(user, process.execPath, "program.ts");
    assert.equal(stdout, output);
  });

  test("has a command that tells its version", { skip: noRegistry }, async () => {
    const { stdout } = await inFolder(user, "npx", "gdelt-streams", "--version");
    assert.equal(stdout.trim(), manifest.version);
  });

  test("joins slices into tables where it is installed", { skip: noRegistry }, async () => {
    const generate = ["gdelt-streams", "generate", "slices", "--slices", "2", "--events", "20"];
    await inFolder(user, "npx", ...generate);
    const replay = ["gdelt-streams", "replay", "slices", "--out", "tables", "--json"];
    const { stdout } = await inFolder(user, "npx", ...replay, "--mart", "pglite");
    const { slices, rows, events } = JSON.parse(stdout);
    assert.equal(slices.published, 2);
    assert.ok(rows.events > 0);
    assert.equal(events.SILVER_COMPLETE + (events.WAITING ?? 0), rows.events);
    assert.ok(existsSync(path.join(user, "tables/silver/events/_delta_log")));
    const ask = ["gdelt-streams", "mart", "select count(*) from silver.events", "--json"];
    const answer = await inFolder(user, "npx", ...ask, "--data", "tables");
    assert.deepEqual(JSON.parse(answer.stdout), { count: rows.events });
  });

  test("has the page of the inspector, as browsers take it", { skip: noRegistry }, async () => {
    const program = [
      'import { PageAssets } from "gdelt-streams/inspector/http/page-assets";',
      "const assets = await new PageAssets().all();",
      'const main = Buffer.from(assets.get("/page/main.js").plain).toString();',
      'console.log(assets.has("/"), assets.has("/page/preact.js"), main.includes(": string"));',
    ];
    writeFileSync(path.join(user, "page.js"), program.join("\n"));
    const { stdout } = await inFolder(user, process.execPath, "page.js");
    assert.equal(stdout.trim(), "true true false");
  });

  test("runs its worker threads where it is installed", { skip: noRegistry }, async () => {
    const settings = ["bootstrap.servers: localhost:1", "default.api.timeout.ms: 1000"];
    settings.push("checkpoint.store: checkpoints", "lake.location: lake");
    writeFileSync(path.join(user, "config.yaml"), settings.join("\n"));
    const replica = inFolder(user, "npx", "gdelt-streams", "run", "--config", "config.yaml");
    await assert.rejects(replica, (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 1, error.stderr);
      return /StreamThread-1 has died: reaching Kafka at localhost:1: /.test(error.stderr);
    });
  });
});
