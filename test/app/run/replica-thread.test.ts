import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfiguration } from "../../../src/app/config/configuration.ts";
import { ReplicaThread } from "../../../src/app/run/replica-thread.ts";

test("a thread whose heap is full dies of that, and its process does not", async () => {
  const environment = {
    GDELT_STREAMS_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    GDELT_STREAMS_CHECKPOINT_STORE: "c",
    GDELT_STREAMS_LAKE_LOCATION: "l",
  };
  const { settings } = loadConfiguration({ file: null, environment });
  // Not even the program has room in it.
  const small = { ...settings, "thread.heap.max.mb": 4 };
  const thread = new ReplicaThread({ settings: small, thread: "t", process: "p" }, () => {});
  const failure = await thread.ended;
  assert.match(
    failure!.message,
    /^out of memory: its heap is full at 4 MiB \(thread\.heap\.max\.mb\)/,
  );
  assert.equal(failure!.isConfig, false);
  assert.equal(await thread.ask({ kind: "event", id: 1 }), null, "the dead do not answer");
});
