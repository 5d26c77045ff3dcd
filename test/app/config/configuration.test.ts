import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { OPTION_NAMES, optionOf } from "../../../src/app/config/catalogue.ts";
import { type Configuration, loadConfiguration } from "../../../src/app/config/configuration.ts";
import {
  configurationPage,
  exampleFile,
  printedConfiguration,
} from "../../../src/app/config/describe-configuration.ts";
import { variableOf } from "../../../src/app/config/environment.ts";
import { ConfigError } from "../../../src/record/errors.ts";

const root = path.join(import.meta.dirname, "../../..");
const scratch = mkdtempSync(path.join(os.tmpdir(), "gdelt-streams-config-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const file = path.join(scratch, "config.yaml");

const NEEDED = ["bootstrap.servers: a:1", "checkpoint.store: state", "lake.location: lake"];

type Environment = Readonly<Record<string, string>>;

/** Of a file that has these lines, and what nobody can do without in the lines before them. */
function load(lines: readonly string[], environment: Environment = {}): Configuration {
  writeFileSync(file, [...NEEDED, ...lines].join("\n"));
  return loadConfiguration({ file, environment });
}

function refusal(lines: readonly string[], environment: Environment = {}): string[] {
  try {
    load(lines, environment);
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    return error.message.replaceAll(file, "FILE").split("\n");
  }
  return assert.fail("nothing was refused");
}

describe("the configuration", () => {
  test("is the defaults, where neither file nor environment say otherwise", () => {
    const { settings, sources } = load([]);
    for (const name of OPTION_NAMES) {
      const { standard, type, isRequired } = optionOf(name);
      if (isRequired) continue;
      assert.deepEqual(settings[name], standard === null ? null : type.parse(standard), name);
      assert.notEqual(settings[name], undefined, `the default of ${name} is one of its values`);
      assert.equal(sources[name].origin, null);
    }
    assert.equal(settings["silver.event.retention"], 8 * 86_400_000);
  });

  test("takes names that are nested at any of their dots", () => {
    const { settings, sources } = load([
      "security.protocol: SASL_SSL",
      "sasl: { mechanism: SCRAM-SHA-512, username: ann }",
      "sasl.password: 010",
      "num:",
      "  stream.threads: 3",
    ]);
    assert.equal(settings["sasl.mechanism"], "SCRAM-SHA-512");
    assert.equal(settings["sasl.password"], "010", "a text is taken as it is written");
    assert.equal(settings["num.stream.threads"], 3);
    assert.equal(sources["num.stream.threads"].origin, `${file}:8`);
  });

  test("takes lists of YAML, and with commas", () => {
    const list = (text: string) =>
      loadFrom(`bootstrap.servers: ${text}\n${NEEDED.slice(1).join("\n")}`).settings[
        "bootstrap.servers"
      ];
    assert.deepEqual(list("[a:1, 'b:2']"), ["a:1", "b:2"]);
    assert.deepEqual(list("a:1, b:2"), ["a:1", "b:2"]);
    assert.deepEqual(list("\n  - a:1\n  - b:2"), ["a:1", "b:2"]);
  });

  test("takes the variable where both say something, but not an empty one", () => {
    const lines = ["num.stream.threads: 2"];
    assert.equal(load(lines).settings["num.stream.threads"], 2);
    const variable = "GDELT_STREAMS_NUM_STREAM_THREADS";
    const { settings, sources } = load(lines, { [variable]: "4" });
    assert.equal(settings["num.stream.threads"], 4);
    assert.equal(sources["num.stream.threads"].origin, variable);
    assert.equal(load(lines, { [variable]: "" }).settings["num.stream.threads"], 2);
  });

  test("takes a value from the file that a variable names, without the end of its line", () => {
    const secret = path.join(scratch, "secret");
    writeFileSync(secret, "pass word \n");
    const { settings } = load(["security.protocol: SASL_PLAINTEXT", "sasl.username: ann"], {
      GDELT_STREAMS_SASL_PASSWORD_FILE: secret,
    });
    assert.equal(settings["sasl.password"], "pass word ");
  });

  test("needs no file", () => {
    const { settings } = loadConfiguration({
      file: null,
      environment: {
        GDELT_STREAMS_BOOTSTRAP_SERVERS: "a:1",
        GDELT_STREAMS_CHECKPOINT_STORE: "state",
        GDELT_STREAMS_LAKE_LOCATION: "s3://lake",
        GDELT_STREAMS_SERVICES: "of the tests",
      },
    });
    assert.equal(settings["lake.location"], "s3://lake");
  });

  test("has a variable of its own for each option", () => {
    assert.equal(new Set(OPTION_NAMES.map(variableOf)).size, OPTION_NAMES.length);
    for (const name of OPTION_NAMES) {
      assert.ok(!OPTION_NAMES.some((other) => variableOf(other) === `${variableOf(name)}_FILE`));
    }
  });
});

function loadFrom(yaml: string): Configuration {
  writeFileSync(file, yaml);
  return loadConfiguration({ file, environment: {} });
}

describe("what is wrong", () => {
  for (const [name, lines, environment, expected] of [
    [
      "a name that is no option, with the one that was meant",
      ["num.stream.thread: 2"],
      {},
      ["FILE:4: there is no option num.stream.thread; did you mean num.stream.threads?"],
    ],
    [
      "a name that is like no other",
      ["colour: red"],
      {},
      ["FILE:4: there is no option colour; docs/configuration.md lists them all"],
    ],
    [
      "a variable that is no option",
      [],
      { GDELT_STREAMS_LAKE_LOCATON: "x", GDELT_STREAMS_LAKE_LOCATION_FILES: "y" },
      [
        "GDELT_STREAMS_LAKE_LOCATON: there is no option lake.locaton; did you mean GDELT_STREAMS_LAKE_LOCATION?",
        "GDELT_STREAMS_LAKE_LOCATION_FILES: there is no option lake.location.files; docs/configuration.md lists them all",
      ],
    ],
    [
      "everything at once, each at its place",
      [
        "partitions: 0",
        "bronze.enabled: yes",
        "silver.event.retention: 8",
        "compression.type: lz4",
      ],
      { GDELT_STREAMS_COMMIT_INTERVAL_MS: "1s" },
      [
        'FILE:7: compression.type takes one of zstd, gzip, none, not "lz4"',
        'FILE:4: partitions takes a whole number from 1 to 64, not "0"',
        'FILE:6: silver.event.retention takes a duration such as 500ms, 10s, 15m, 2h, 8d, not "8"',
        'FILE:5: bronze.enabled takes true or false, not "yes"',
        'GDELT_STREAMS_COMMIT_INTERVAL_MS: commit.interval.ms takes a whole number from 10 to 60000, not "1s"',
      ],
    ],
    [
      "an option that is set twice",
      ["sasl.username: ann", "sasl: { username: bob }"],
      {},
      ["FILE:5: sasl.username is set at FILE:4 already"],
    ],
    [
      "a place that is none",
      [],
      { GDELT_STREAMS_LAKE_LOCATION: "http://lake" },
      [
        'GDELT_STREAMS_LAKE_LOCATION: lake.location takes a folder, or s3://bucket/prefix, not "http://lake"',
      ],
    ],
    [
      "a map where a value belongs",
      ["lake: { location: { x: [[1]] } }"],
      {},
      ["FILE:4: lake.location.x takes a value, or a list of values"],
    ],
    [
      "a secret, which is not told",
      ["mart.url: mysql://u:hush@h/d"],
      {},
      [
        "FILE:4: mart.url takes an address such as postgres://user:password@host:port/database, not what is there",
      ],
    ],
    [
      "a file that a variable names and that is not there",
      [],
      { GDELT_STREAMS_CLIENT_ID_FILE: "/no/such" },
      [
        "GDELT_STREAMS_CLIENT_ID_FILE: /no/such cannot be read (ENOENT: no such file or directory, open '/no/such')",
      ],
    ],
    [
      "half a login, and what has no effect",
      ["security.protocol: SASL_PLAINTEXT", "sasl.username: ann", "ssl.ca.location: ca.pem"],
      {},
      [
        "FILE:4: SASL_PLAINTEXT takes sasl.password too",
        "FILE:6: ssl.ca.location has no effect with security.protocol SASL_PLAINTEXT",
      ],
    ],
    [
      "a session that its heartbeats do not keep",
      ["session.timeout.ms: 1500"],
      { GDELT_STREAMS_HEARTBEAT_INTERVAL_MS: "800" },
      [
        "GDELT_STREAMS_HEARTBEAT_INTERVAL_MS: heartbeat.interval.ms is at most half of session.timeout.ms",
      ],
    ],
    [
      "a retention that a writer at work could not rely on, and a time that no timer waits",
      ["lake.file.retention: 10m", "upkeep.interval: 30d"],
      {},
      [
        'FILE:5: upkeep.interval takes a duration from 1s to 20d, not "30d"',
        'FILE:4: lake.file.retention takes a duration from 2h to 3650d, not "10m"',
      ],
    ],
    [
      "days of the mart that would still be written to",
      ["mart.url: postgres://a/b", "mart.retention: 8d"],
      {},
      [
        "FILE:5: mart.retention is at least a day more than silver.event.retention: until then rows of a day come",
      ],
    ],
    [
      "days of a mart that nobody drops",
      ["mart.url: postgres://a/b", "mart.retention: 9d", "upkeep.enabled: false"],
      {},
      ["FILE:5: mart.retention takes mart.url, and upkeep.enabled: true"],
    ],
    [
      "an inspector that anybody may ask",
      ["inspector.address: 0.0.0.0:9470"],
      {},
      [
        "FILE:4: 0.0.0.0 can be reached by others: set inspector.token",
        "FILE:4: 0.0.0.0 can be reached by others, and the token could be read on the way: set inspector.tls.cert and inspector.tls.key, or inspector.plaintext: true",
      ],
    ],
    [
      "an inspector whose token anybody may read",
      ["inspector.address: 0.0.0.0:9470", "inspector.token: t"],
      {},
      [
        "FILE:4: 0.0.0.0 can be reached by others, and the token could be read on the way: set inspector.tls.cert and inspector.tls.key, or inspector.plaintext: true",
      ],
    ],
    [
      "half of what TLS takes",
      ["inspector.tls.cert: c.pem"],
      {},
      ["FILE:4: inspector.tls.cert takes inspector.tls.key too"],
    ],
    [
      "peers that are no addresses",
      ["inspector.peers: [http://a:1, b:2]"],
      {},
      [
        'FILE:4: inspector.peers takes addresses such as http://tasks.gdelt-streams:9470, with commas between them, not "http://a:1,b:2"',
      ],
    ],
    [
      "peers with more than an address",
      ["inspector.peers: http://a:1/inspector"],
      { GDELT_STREAMS_INSPECTOR_ADVERTISED: "a:1" },
      [
        'FILE:4: inspector.peers takes addresses such as http://tasks.gdelt-streams:9470, with commas between them, not "http://a:1/inspector"',
        'GDELT_STREAMS_INSPECTOR_ADVERTISED: inspector.advertised takes an address such as http://node-1:9470, not "a:1"',
      ],
    ],
    ["half a key", ["s3.access.key: k"], {}, ["FILE:4: s3.access.key takes s3.secret.key too"]],
  ] as const) {
    test(`is told: ${name}`, () => assert.deepEqual(refusal(lines, environment), expected));
  }

  test("is told: what must be set and is not", () => {
    assert.throws(() => loadConfiguration({ file: null, environment: {} }), {
      message:
        "bootstrap.servers is not set; it takes a list, with commas between its entries\n" +
        "checkpoint.store is not set; it takes a folder, or s3://bucket/prefix\n" +
        "lake.location is not set; it takes a folder, or s3://bucket/prefix",
    });
  });

  test("is told: what is no YAML, or no options, or not there", () => {
    assert.throws(() => loadFrom("partitions: 4\n a: [\n"), /config\.yaml:\d+: /);
    assert.throws(() => loadFrom("- a\n- b\n"), /holds no options: write a line/);
    assert.throws(
      () => loadConfiguration({ file: "/no/such.yaml", environment: {} }),
      /\/no\/such\.yaml cannot be read/,
    );
  });
});

test("what is printed can be read again, but for the secrets", () => {
  const first = load([
    "partitions: 7",
    "silver.event.retention: 2h",
    "mart.url: postgres://u:hush@h/d",
  ]);
  const printed = printedConfiguration(first);
  assert.ok(!printed.includes("hush"));
  assert.match(printed, /^mart\.url: "\*\*\*" +# .*:6$/m);
  assert.match(printed, /^partitions: 7 +# .*config\.yaml:4$/m);
  assert.match(printed, /^compression\.type: zstd +# default$/m);
  const second = loadFrom(printed.replace(/^mart\.url.*$/m, "mart.url: postgres://u:hush@h/d"));
  assert.deepEqual(second.settings, first.settings);
});

test("the example and the page of all options are those of the catalogue", () => {
  const again = "is made of the catalogue: node scripts/configuration.ts";
  const inRoot = (name: string) => readFileSync(path.join(root, name), "utf8");
  assert.equal(inRoot("config/gdelt-streams.yaml"), exampleFile(), again);
  assert.equal(inRoot("docs/configuration.md"), configurationPage(), again);
});

test("the example can be used, and so can every option that it has in a comment", () => {
  const { settings } = loadFrom(exampleFile());
  assert.equal(settings["lake.location"], "s3://gdelt/lake");
  const uncommented = exampleFile().replaceAll(/^#(?=[a-z0-9.]+:)/gm, "");
  assert.throws(
    () => loadFrom(`${uncommented}\nno.such: 1`),
    (error: Error) => /^[^\n]*there is no option no\.such[^\n]*$/.test(error.message),
  );
});
