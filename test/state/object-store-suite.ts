import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ObjectStore } from "../../src/state/object-store.ts";

export interface OpenStore {
  readonly store: ObjectStore;
  /** A second, independent way into the same objects, as another process has it. */
  readonly other: ObjectStore;
  close(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (object: Uint8Array | null) =>
  object === null ? null : Buffer.from(object).toString();

/** What every `ObjectStore` must do. Each test opens an empty store of its own. */
export function objectStoreSuite(name: string, open: () => Promise<OpenStore>): void {
  const check = (behaviour: string, body: (at: OpenStore) => Promise<void>) =>
    test(behaviour, async () => {
      const at = await open();
      try {
        await body(at);
      } finally {
        await at.close();
      }
    });

  describe(`${name} as an object store`, () => {
    check("gives null for an object that is not there", async ({ store }) => {
      assert.equal(await store.get("a/b"), null);
      await store.put("a/b/c", bytes("x"));
      assert.equal(await store.get("a/b"), null);
      assert.equal(await store.get("a/b/c/d"), null);
    });

    check("gives back what was put, replaced whole", async ({ store, other }) => {
      await store.put("deep/er/object", bytes("a longer first value"));
      await store.put("deep/er/object", bytes("second"));
      assert.equal(text(await store.get("deep/er/object")), "second");
      assert.equal(text(await other.get("deep/er/object")), "second");
      await store.put("empty", new Uint8Array(0));
      assert.equal((await store.get("empty"))?.byteLength, 0);
    });

    check("keeps what it was given although the writer's buffer changes", async ({ store }) => {
      const buffer = Buffer.from("before");
      await store.put("p", buffer);
      assert.equal(await store.putIfAbsent("q", buffer), true);
      buffer.fill(0);
      assert.equal(text(await store.get("p")), "before");
      assert.equal(text(await store.get("q")), "before");
    });

    check("putIfAbsent never replaces", async ({ store, other }) => {
      assert.equal(await store.putIfAbsent("log/0", bytes("first")), true);
      assert.equal(await other.putIfAbsent("log/0", bytes("second")), false);
      assert.equal(text(await store.get("log/0")), "first");
      await store.delete("log/0");
      assert.equal(await other.putIfAbsent("log/0", bytes("third")), true);
      assert.equal(text(await store.get("log/0")), "third");
    });

    check(
      "of racing putIfAbsent exactly one wins, and its bytes stay",
      async ({ store, other }) => {
        for (let round = 0; round < 5; round++) {
          const path = `race/${round}`;
          const won = await Promise.all(
            Array.from({ length: 16 }, (_, i) =>
              (i % 2 === 0 ? store : other).putIfAbsent(path, bytes(`writer ${i}`)),
            ),
          );
          assert.equal(won.filter(Boolean).length, 1, `round ${round}`);
          assert.equal(text(await store.get(path)), `writer ${won.indexOf(true)}`);
        }
      },
    );

    check("lists by prefix, in byte order of the whole paths", async ({ store, other }) => {
      const paths = ["t/b", "t/a/1", "t/a-1", "t/a.x", "t/ａ", "t/𝒳", "t2/a", "t/A", "u"];
      for (const path of paths) await store.put(path, bytes(path));
      const list = async (prefix: string) => (await other.list(prefix)).map(({ path }) => path);
      // U+1D4B3 comes after U+FF41 as bytes, and before it as JavaScript strings.
      assert.deepEqual(await list("t/"), ["t/A", "t/a-1", "t/a.x", "t/a/1", "t/b", "t/ａ", "t/𝒳"]);
      assert.deepEqual(await list("t/a"), ["t/a-1", "t/a.x", "t/a/1"]);
      assert.deepEqual(await list("t/a/"), ["t/a/1"]);
      assert.deepEqual(await list("t"), [...(await list("t/")), "t2/a"]);
      assert.deepEqual(await list("nothing/"), []);
      assert.equal((await list("")).length, paths.length);
    });

    check("lists the sizes, and times that do not run backwards", async ({ store }) => {
      await store.put("x/1", bytes("12345"));
      await store.put("x/2", bytes(""));
      const [first, second] = await store.list("x/");
      assert.equal(first?.size, 5);
      assert.equal(second?.size, 0);
      assert.ok(first.modifiedMs > 0 && second.modifiedMs >= first.modifiedMs - 1);
    });

    check("deletes, and does not mind when there is nothing", async ({ store, other }) => {
      await store.put("d/1", bytes("x"));
      await other.delete("d/1");
      assert.equal(await store.get("d/1"), null);
      assert.deepEqual(await store.list("d/"), []);
      await store.delete("d/1");
      await store.delete("never/was");
    });
  });
}
