import assert from "node:assert/strict";
import { test } from "node:test";
import { threadMessages } from "../../../src/app/run/thread-lines.ts";
import { END_OF_STREAM } from "../../../src/record/slice-end.ts";
import { traceIdOf } from "../../../src/record/trace.ts";

test("a failure is told with its task, and the slice and trace where they are known", () => {
  const messageOf = threadMessages();
  const failed = (sliceMs: number | null) => {
    const cause = new Error("refused");
    const message = messageOf({ kind: "commit-failed", task: "0_1", cause, sliceMs });
    assert.ok(message?.kind === "line");
    return message.fields;
  };
  const sliceMs = Date.UTC(2026, 0, 1, 0, 15);
  assert.deepEqual(failed(sliceMs), {
    ...{ task: "0_1", cause: "refused", slice: "20260101001500", trace: traceIdOf(sliceMs) },
  });
  for (const unknown of [null, END_OF_STREAM, Number.NaN]) {
    assert.deepEqual(failed(unknown), { task: "0_1", cause: "refused" });
  }
});
