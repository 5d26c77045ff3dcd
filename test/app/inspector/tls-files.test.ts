import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readTls, watchTls } from "../../../src/app/inspector/tls-files.ts";
import { certificate, certificateFiles } from "../../inspector/http/certificates.ts";

test("a certificate is read again when its files change, and what is wrong is told", async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = { cert: path.join(folder, "cert.pem"), key: path.join(folder, "key.pem") };
  const put = (name: "first" | "second") => {
    const { cert, key } = certificateFiles(name);
    copyFileSync(cert, files.cert);
    copyFileSync(key, files.key);
  };
  put("first");
  assert.deepEqual(readTls(files), certificate("first"));
  let pair = readTls(files);
  const troubles: string[] = [];
  const unwatch = watchTls(
    files,
    (found) => {
      pair = found;
    },
    (error) => troubles.push(error.message),
    20,
  );
  t.after(unwatch);
  const until = async (isSo: () => boolean) => {
    for (let tries = 0; !isSo(); tries++) {
      assert.ok(tries < 500, "it is not seen");
      await sleep(20);
    }
  };
  put("second");
  await until(() => pair.cert === certificate("second").cert);
  assert.deepEqual(pair, certificate("second"));
  rmSync(files.key);
  await until(() => troubles.length > 0);
  assert.match(troubles[0]!, /^inspector\.tls\.key: .*key\.pem cannot be read \(ENOENT/);
  assert.throws(() => readTls({ ...files, cert: folder }), {
    name: "ConfigError",
    message: /^inspector\.tls\.cert: .* cannot be read/,
  });
  writeFileSync(files.key, certificate("second").key);
});
