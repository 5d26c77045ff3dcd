import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import fc from "fast-check";
import { ConfigError, RetriableError } from "../../../src/record/errors.ts";
import { S3ObjectStore, type S3Options } from "../../../src/state/s3/s3-object-store.ts";
import { propertyRuns } from "../../sources/property-runs.ts";
import { objectStoreSuite } from "../object-store-suite.ts";
import { FakeS3, type Fault } from "./fake-s3.ts";

objectStoreSuite("S3ObjectStore", async () => {
  const fake = await FakeS3.start();
  return {
    store: new S3ObjectStore(fake.options({ prefix: "some/where" })),
    other: new S3ObjectStore(fake.options({ prefix: "some/where" })),
    close: () => fake.stop(),
  };
});

let fake: FakeS3;
before(async () => {
  fake = await FakeS3.start();
});
after(() => fake.stop());
beforeEach(() => {
  fake.objects.clear();
  fake.requests.length = 0;
  fake.faultOf = () => null;
});

const storeWith = (options: Partial<S3Options> = {}) => new S3ObjectStore(fake.options(options));
const bytes = (text: string) => Buffer.from(text);

/** The faults of the first requests, one after the other. */
function first(...faults: (Fault | null)[]): void {
  fake.requests.length = 0;
  fake.faultOf = (_, request) => faults[request] ?? null;
}

const overloaded: Fault = { status: 503, code: "SlowDown" };
const passing: readonly Fault[] = [
  overloaded,
  { status: 500, code: "InternalError" },
  { status: 429, code: "TooManyRequests" },
  { status: 409, code: "ConditionalRequestConflict" },
  "cut-before",
  "cut-after",
  "cut-within",
];

test("bad moments of the store and the network are sat out, whatever is asked", async () => {
  for (const fault of passing) {
    const store = storeWith();
    first(fault, fault);
    await store.put("a", bytes("1"));
    first(fault, fault);
    assert.equal(Buffer.from((await store.get("a"))!).toString(), "1");
    first(fault, fault);
    assert.deepEqual(
      (await store.list("")).map(({ path }) => path),
      ["a"],
    );
    first(fault, fault);
    assert.equal(await store.putIfAbsent("b", bytes("2")), true);
    first(fault, fault);
    assert.equal(await store.putIfAbsent("b", bytes("2")), false);
    first(fault, fault);
    await store.delete("b");
    first(fault, fault);
    assert.equal(await store.get("b"), null);
    await store.delete("a");
  }
});

test("a store that is silent is not waited for without end", async () => {
  const store = storeWith({ silenceMsMax: 100 });
  for (const fault of ["silence-before", "silence-after"] as const) {
    first(fault);
    assert.equal(await store.putIfAbsent(fault, bytes("1")), true);
    assert.ok(fake.requests.length > 1);
    first(fault);
    assert.equal((await store.get(fault))?.byteLength, 1);
  }
});

test("a store that does not recover is retriable, with the place and the last answer", async () => {
  const store = storeWith({ prefix: "lake" });
  fake.faultOf = () => overloaded;
  const calls = [
    () => store.get("a"),
    () => store.put("a", bytes("")),
    () => store.putIfAbsent("a", bytes("")),
    () => store.list("a"),
    () => store.delete("a"),
  ];
  for (const call of calls) {
    fake.requests.length = 0;
    await assert.rejects(call, (error: Error) => {
      assert.ok(error instanceof RetriableError);
      assert.match(error.message, /cannot \w+ s3:\/\/bucket\/lake\/a: 503 SlowDown, as the test/);
      assert.ok(error.cause instanceof Error);
      return true;
    });
    // Not for ever, and not more than we ask for: the SDK's own retries are off.
    assert.equal(fake.requests.length, 7);
  }
});

test("a server that is not there is retriable", async () => {
  const gone = await FakeS3.start();
  const store = new S3ObjectStore(gone.options());
  await gone.stop();
  await assert.rejects(store.get("a"), (error: Error) => {
    return error instanceof RetriableError && /ECONNREFUSED/.test(error.message);
  });
});

test("each wait between attempts is drawn anew", async () => {
  fake.faultOf = () => overloaded;
  let asked = 0;
  const random = () => {
    asked++;
    return 0;
  };
  await assert.rejects(storeWith({ random }).get("a"), RetriableError);
  assert.equal(asked, 6);
});

test("what only the operator can change is told at once, with what to do", async () => {
  const cases: [Fault | null, RegExp, Partial<S3Options>?][] = [
    [{ status: 403, code: "AccessDenied" }, /403 AccessDenied.*need s3:GetObject.*s3:ListBucket/],
    [{ status: 403, code: "SignatureDoesNotMatch" }, /AWS_SECRET_ACCESS_KEY is not that of/],
    [{ status: 403, code: "RequestTimeTooSkewed" }, /set the clock/],
    [{ status: 301, code: "PermanentRedirect" }, /set AWS_REGION/],
    [{ status: 501, code: "NotImplemented" }, /conditional writes/],
    [{ status: 400, code: "EntityTooLarge" }, /400 EntityTooLarge, as the test wants it$/],
    [null, /404 NoSuchBucket.*create the bucket/, { bucket: "elsewhere" }],
  ];
  for (const [fault, message, options] of cases) {
    first(fault);
    await assert.rejects(storeWith(options).put("a", bytes("1")), (error: Error) => {
      assert.ok(error instanceof ConfigError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
    assert.equal(fake.requests.length, 1);
  }
  await assert.rejects(storeWith({ bucket: "elsewhere" }).get("a"), ConfigError);
  await assert.rejects(storeWith({ bucket: "elsewhere" }).list(""), ConfigError);
});

test("a path that S3 or a proxy would resolve to another one is refused", async () => {
  const store = storeWith({ prefix: "lake" });
  for (const path of ["../secret", "a/../../secret", "/a", "", "a//b", "./a"]) {
    await assert.rejects(store.get(path), ConfigError, path);
    await assert.rejects(store.put(path, bytes("")), ConfigError, path);
    await assert.rejects(store.putIfAbsent(path, bytes("")), ConfigError, path);
    await assert.rejects(store.delete(path), ConfigError, path);
  }
  await assert.rejects(store.list("../"), ConfigError);
  assert.deepEqual(fake.requests, []);
});

test("an own success whose answer was lost is not taken for a lost race, nor the other way round", async () => {
  const store = storeWith();
  for (const lost of ["cut-after", "cut-within"] as const) {
    first(lost);
    assert.equal(await store.putIfAbsent(lost, bytes("same")), true);
  }
  // Lost on the way there, and meanwhile another has written the same bytes.
  const other = storeWith();
  fake.requests.length = 0;
  const won = new Promise<boolean>((resolve, reject) => {
    fake.faultOf = (_, request) => {
      if (request > 0) return null;
      other.putIfAbsent("raced", bytes("same")).then(resolve, reject);
      return "cut-before";
    };
  });
  const outcomes = await Promise.all([store.putIfAbsent("raced", bytes("same")), won]);
  assert.equal(outcomes.filter(Boolean).length, 1);
});

test("an object that is gone when it is asked whose it is leaves the outcome open", async () => {
  const store = storeWith();
  await store.put("log/1", bytes("other"));
  fake.faultOf = (method, request) => {
    if (method === "HEAD") fake.objects.clear();
    return request === 1 ? "cut-before" : null;
  };
  await assert.rejects(store.putIfAbsent("log/1", bytes("mine")), RetriableError);
});

test("of writers of the same bytes exactly one has written them, whatever answers are lost", async () => {
  const fault = fc.constantFrom<Fault | null>(null, ...passing);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (faults, writers) => {
        fake.objects.clear();
        first(...faults);
        const calls = Array.from({ length: writers }, () =>
          storeWith().putIfAbsent("log/1", bytes("the same")),
        );
        const outcomes = await Promise.allSettled(calls);
        const won = outcomes.filter((each) => each.status === "fulfilled" && each.value).length;
        const open = outcomes.filter((each) => each.status === "rejected").length;
        // One whose outcome is not known may be the winner.
        assert.ok(won === 1 || (won === 0 && open > 0), JSON.stringify(outcomes));
      },
    ),
    propertyRuns(60),
  );
});

test("a store that does not keep to the condition is refused, and one that does is clean afterwards", async () => {
  await storeWith({ prefix: "lake" }).checkConditionalWrites();
  assert.equal(fake.objects.size, 0);
  for (const fault of passing) {
    first(fault, fault, fault);
    await storeWith().checkConditionalWrites();
  }
  fake.faultOf = () => "unconditional";
  await assert.rejects(storeWith({ prefix: "lake" }).checkConditionalWrites(), (error: Error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /s3:\/\/bucket\/lake\/ does not keep to If-None-Match: .* both/);
    return true;
  });
  fake.faultOf = () => ({ status: 501, code: "NotImplemented" });
  await assert.rejects(storeWith().checkConditionalWrites(), ConfigError);
});

test("endpoint, region and credentials come from the environment when they are not given", async () => {
  const given = { ...process.env };
  try {
    process.env["AWS_ENDPOINT_URL"] = fake.url;
    process.env["AWS_ACCESS_KEY_ID"] = "key";
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    const { bucket, prefix, uniqueName, random } = fake.options();
    const store = new S3ObjectStore({ bucket, prefix, uniqueName, random });
    await store.put("a", bytes("1"));
    assert.deepEqual([...fake.objects.keys()], ["a"]);
  } finally {
    process.env = given;
  }
});
