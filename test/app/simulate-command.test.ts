import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { simulatorOptions } from "../../src/app/simulate-command.ts";
import { ConfigError } from "../../src/record/errors.ts";

const program = path.join(import.meta.dirname, "../../src/app/main.ts");
const SMALL = ["--events", "5", "--slice-every", "50ms"];

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

function start(args: readonly string[], stdio: "pipe" | "ipc" = "pipe"): ChildProcess {
  const child = spawn(process.execPath, [program, "simulate", ...args], {
    stdio: stdio === "ipc" ? ["ignore", "pipe", "pipe", "ipc"] : "pipe",
  });
  children.push(child);
  return child;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  const [line] = await once(createInterface(stdout!), "line");
  return line;
}

async function addressOf(child: ChildProcess): Promise<string> {
  const line = await firstLine(child);
  assert.match(line, /^simulator at http:\/\/127\.0\.0\.1:\d+\/gdeltv2\/$/);
  return line.slice("simulator at ".length);
}

describe("simulate", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`prints where it serves when the first slice is there, and ends at ${signal}`, async () => {
      const child = start(SMALL);
      const address = await addressOf(child);
      const first = await (await fetch(`${address}lastupdate.txt`)).text();
      // On a busy machine the next slices are there before anybody asks.
      assert.match(first, /^\d+ [\da-f]{32} http:\S+\/20260101\d{6}.export.CSV.zip\n/);
      while ((await (await fetch(`${address}lastupdate.txt`)).text()) === first);
      child.kill(signal);
      const [code] = await once(child, "exit");
      assert.equal(code, 0);
      await assert.rejects(fetch(address), TypeError);
    });
  }

  test("ends when the parent that forked it lets go of it", async () => {
    const child = start(SMALL, "ipc");
    await addressOf(child);
    child.disconnect();
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  });

  test("says which port it cannot have, with the exit code of wrong arguments", async () => {
    const child = start(SMALL);
    const { port } = new URL(await addressOf(child));
    const second = start([...SMALL, "--port", port]);
    let complaint = "";
    second.stderr!.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    const [code] = await once(second, "close");
    assert.equal(code, 2);
    assert.match(complaint, new RegExp(`^gdelt-streams: cannot serve at 127.0.0.1 port ${port}`));
    child.kill();
    await once(child, "exit");
  });
});

describe("the arguments of simulate", () => {
  test("have defaults for a demonstration", () => {
    assert.deepEqual(simulatorOptions([]), {
      host: "127.0.0.1",
      port: 0,
      baseUrl: null,
      stream: { seed: 1, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 1000 },
      translation: false,
      faults: {},
      slices: null,
      sliceEveryMs: 5000,
      resumeAfterMs: null,
      folder: null,
    });
  });

  test("say all that can be said", () => {
    const text =
      "--host 0.0.0.0 --port 8080 --base-url https://mirror.example/gdeltv2 --seed 7 " +
      "--start 20150218230000 --events 20 --slices 9 --slice-every 0 --translation " +
      "--resume-after 20150218234500 --folder lists --faults late=0.1";
    assert.deepEqual(simulatorOptions(text.split(" ")), {
      host: "0.0.0.0",
      port: 8080,
      baseUrl: "https://mirror.example/gdeltv2/",
      stream: { seed: 7, startMs: Date.UTC(2015, 1, 18, 23), eventsPerSlice: 20 },
      translation: true,
      faults: { late: 0.1 },
      slices: 9,
      sliceEveryMs: 0,
      resumeAfterMs: Date.UTC(2015, 1, 18, 23, 45),
      folder: "lists",
    });
  });

  for (const [args, complaint] of [
    ["--port 65536", /--port takes a whole number from 0 to 65535, not "65536"/],
    ["--slices 0", /--slices takes a whole number from 1/],
    ["--events 0", /--events takes a whole number from 1/],
    ["--seed x", /--seed takes a whole number/],
    ["--slice-every 0", /--slice-every 0 publishes all slices at once: say how many with --slices/],
    ["--slice-every 0s", /say how many with --slices/],
    ["--slice-every 5", /--slice-every takes a duration such as 500ms, 10s, 15m, not "5"/],
    ["--slice-every 25h", /--slice-every takes at most a day, not "25h"/],
    ["--start 20260101000100", /--start takes the stamp of a quarter of an hour, .* not "2026/],
    ["--start 2026", /--start takes the stamp/],
    ["--resume-after x", /--resume-after takes the stamp/],
    ["--base-url example", /--base-url takes an address, .* not "example"/],
    ["--base-url ftp://example/", /--base-url takes an address/],
    ["--faults lost=1", /--faults: "lost" is none of/],
    ["--quick", /--quick/],
    ["folder", /folder/],
  ] as const) {
    test(`"${args}" are refused, with the reason`, () => {
      assert.throws(
        () => simulatorOptions(args.split(" ")),
        (error: unknown) => {
          assert(error instanceof ConfigError);
          assert.match(error.message, complaint);
          return true;
        },
      );
    });
  }
});
