import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";

const root = path.join(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(path.join(root, name), "utf8");
const dockerfiles = globSync("deploy/images/*/Dockerfile", { cwd: root });

/** Name and image of each line that is no comment. */
const lockOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^(\w+)=(.+)$/gm)].map(([, name, image]) => [name!, image!]));

/** Name and arguments of each instruction, with lines that go on put together. */
const instructionsOf = (text: string): [name: string, rest: string][] =>
  [
    ...text
      .replaceAll(/^#.*\n/gm, "")
      .replaceAll("\\\n", " ")
      .matchAll(/^([A-Z]+) +(.*)$/gm),
  ].map(([, name, rest]) => [name!, rest!]);

const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-images-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

describe("images.lock", () => {
  const lock = lockOf(read("deploy/images.lock"));

  test("names an image by registry, path and tag, with a digest or none yet", () => {
    assert.ok(lock.size > 8);
    const form = /^[a-z.]+\/[\w./-]+:[\w.-]+(?:@sha256:[0-9a-f]{64})?$/;
    assert.deepEqual(
      [...lock].filter(([name, image]) => !name.startsWith("IMAGE_") || !form.test(image)),
      [],
    );
  });

  test("has no image of those that are gone, or may be another tomorrow", () => {
    const gone = /:latest|bitnami|grafana-oss|docker\.io\/minio\//;
    assert.deepEqual(
      [...lock.values()].filter((image) => gone.test(image)),
      [],
    );
  });
});

describe("Dockerfiles", () => {
  const lock = lockOf(read("deploy/images.lock"));

  test("there are some", () => assert.equal(dockerfiles.length, 2));

  for (const file of dockerfiles) {
    const instructions = instructionsOf(read(file));
    const all = (name: string) =>
      instructions.filter(([each]) => each === name).map(([, rest]) => rest);

    test(`${file} begins with images of the lock file, which a build may name by digest`, () => {
      const bases = all("ARG").filter((each) => each.startsWith("IMAGE_"));
      assert.ok(bases.length > 0);
      for (const base of bases) {
        const [name, image] = base.split("=");
        assert.equal(image, lock.get(name!)?.split("@")[0], name);
      }
      const stages = new Set(all("FROM").map((each) => each.split(" AS ")[1]));
      const begun = all("FROM").map((each) => each.split(" ")[0]!);
      assert.deepEqual(
        begun.filter((each) => !/^\$\{IMAGE_\w+\}$/.test(each) && !stages.has(each)),
        [],
      );
    });

    test(`${file} ends as a user who is not root, by number`, () => {
      assert.match(all("USER").at(-1) ?? "", /^[1-9]\d*:[1-9]\d*$/);
    });

    test(`${file} has a health check and an entrypoint without a shell, and says what it is`, () => {
      assert.match(all("HEALTHCHECK")[0] ?? "", /CMD \[/);
      assert.match(all("ENTRYPOINT")[0] ?? "", /^\[/);
      for (const label of ["title", "licenses", "version"]) {
        assert.match(
          all("LABEL").join(" "),
          new RegExp(`org\\.opencontainers\\.image\\.${label}=`),
        );
      }
    });
  }

  test("what is packed, and what packs it, reaches the build of the application", () => {
    const { files, scripts } = JSON.parse(read("package.json")) as {
      files: string[];
      scripts: Record<string, string>;
    };
    const settings = [scripts["build"], scripts["build:page"]].flatMap((script) => [
      ...(script ?? "").matchAll(/\b(?:tsconfig[\w.]*\.json|src)\b/g),
    ]);
    assert.ok(settings.length >= 3);
    const open = read("deploy/images/app/Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const needed = [...files.filter((name) => name !== "dist"), ...settings.map(([name]) => name)];
    assert.deepEqual(
      needed.filter((name) => !open.some((each) => path.matchesGlob(name.split("/")[0]!, each))),
      [],
    );
  });

  test("MinIO is of the version that the tests use", () => {
    const [, version] = /VERSION = "(.*)"/.exec(read("scripts/services/minio.ts"))!;
    const named = [
      ...read("deploy/images/minio/Dockerfile").matchAll(/^ARG MINIO_VERSION=(.*)$/gm),
    ];
    assert.deepEqual([...new Set(named.map(([, each]) => each))], [version]);
  });
});

describe("the health check of the application's image", () => {
  const [, rest] = instructionsOf(read("deploy/images/app/Dockerfile")).find(
    ([name]) => name === "HEALTHCHECK",
  )!;
  const [, , program] = JSON.parse(rest.slice(rest.indexOf("["))) as string[];

  const exitCode = (port: number): Promise<number> =>
    new Promise((resolve) => {
      const at = program!.replace("127.0.0.1:9470", `127.0.0.1:${port}`);
      assert.notEqual(at, program, "asks the inspector's port");
      const child = execFile(process.execPath, ["-e", at]);
      child.once("exit", (code) => resolve(code ?? -1));
    });

  async function withAnswer(status: number): Promise<[code: number, asked: string | undefined]> {
    let asked: string | undefined;
    const server = createServer((request, response) => {
      asked = request.url;
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const code = await exitCode((server.address() as AddressInfo).port);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return [code, asked];
  }

  test("is well when the inspector answers /healthz", async () => {
    assert.deepEqual(await withAnswer(200), [0, "/healthz"]);
  });

  test("is not when it answers otherwise, or nobody does", async () => {
    assert.deepEqual(await withAnswer(503), [1, "/healthz"]);
    assert.equal(await exitCode(1), 1);
  });
});

describe("lock-images", () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const bin = mkdtempSync(path.join(scratch, "bin-"));

  /** With a registry that answers so: a `docker` in front of the path. */
  function lockImages(text: string, answer: string, ...args: string[]) {
    const lock = path.join(scratch, "images.lock");
    writeFileSync(lock, text);
    writeFileSync(path.join(bin, "docker"), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env["PATH"]}`, IMAGES_LOCK: lock };
    const { status, stderr } = spawnSync(path.join(root, "deploy/lock-images"), args, {
      env,
      encoding: "utf8",
    });
    return { status, stderr, lock: readFileSync(lock, "utf8") };
  }

  test("writes the digest of each tag, and that they are missing no longer", () => {
    const { status, stderr, lock } = lockImages(read("deploy/images.lock"), `echo ${digest}`);
    assert.equal(status, 0, stderr);
    const images = [...lockOf(lock).values()];
    assert.ok(images.length > 8);
    assert.ok(images.every((image) => image.endsWith(`@${digest}`)));
    assert.match(lock, /^# What the stack/);
    assert.doesNotMatch(lock, /NOT FILLED IN/);
  });

  test("keeps a digest that is there, unless all are asked for anew", () => {
    const old = `sha256:${"cd".repeat(32)}`;
    const text = `IMAGE_A=a.example/a:1@${old}\nIMAGE_B=b.example/b:2\n`;
    const kept = lockImages(text, `echo ${digest}`).lock;
    assert.equal(kept, `IMAGE_A=a.example/a:1@${old}\nIMAGE_B=b.example/b:2@${digest}\n`);
    assert.equal(lockImages(text, `echo ${digest}`, "--all").lock.includes(old), false);
  });

  test("leaves the file as it was when a registry does not tell, or tells no digest", () => {
    const text = "IMAGE_A=a.example/a:1\n";
    const silent = lockImages(text, "exit 1");
    assert.deepEqual([silent.status, silent.lock], [1, text]);
    assert.match(silent.stderr, /a\.example\/a:1/);
    const odd = lockImages(text, "echo '<html>'");
    assert.deepEqual([odd.status, odd.lock], [1, text]);
  });
});
