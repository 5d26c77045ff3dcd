import fc from "fast-check";
import type { ByteColumn, RecordBatch, Records } from "../../src/record/record-batch.ts";
import type { SliceEnd } from "../../src/record/slice-end.ts";

/** Records as plain values, so that a model can hold them and a test can compare them. */
export interface PlainRow {
  readonly value: string;
  readonly key: string | null;
  readonly timestampMs: number;
  readonly ordinal: number | null;
}

export interface PlainRecords {
  readonly rows: readonly PlainRow[];
  readonly headers: Readonly<Record<string, string>>;
  readonly control: SliceEnd | null;
}

/** How rows lie in the buffer they are sent from. */
export const layouts = ["lines", "reversed", "apart"] as const;
export type Layout = (typeof layouts)[number];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function column(values: readonly string[], layout: Layout): ByteColumn {
  const parts = values.map((value) => encoder.encode(value));
  const gap = layout === "apart" ? 100 : 1;
  const starts = new Int32Array(parts.length + 1);
  const ends = new Int32Array(parts.length + 1);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length + gap, 7)).fill(10);
  let at = 7;
  const order = parts.map((_, i) => (layout === "reversed" ? parts.length - 1 - i : i));
  for (const i of order) {
    starts[i] = at;
    bytes.set(parts[i]!, at);
    ends[i] = at + parts[i]!.length;
    at = ends[i]! + gap;
  }
  return { bytes, starts, ends };
}

/** Rows whose key is their own beginning share the buffer of the values, as GDELT's lines do. */
function keyColumn(rows: readonly PlainRow[], values: ByteColumn, layout: Layout): ByteColumn {
  const keys = rows.map(({ key }) => key ?? "");
  if (!rows.every(({ key, value }) => value.startsWith(key ?? ""))) return column(keys, layout);
  const ends = values.starts.slice();
  keys.forEach((key, i) => {
    ends[i] = ends[i]! + encoder.encode(key).length;
  });
  return { bytes: values.bytes, starts: values.starts, ends };
}

export function toRecords(
  topic: string,
  partition: number,
  { rows, headers, control }: PlainRecords,
  layout: Layout = "lines",
): Records {
  const values = column(
    rows.map(({ value }) => value),
    layout,
  );
  const keyed = rows.length > 0 && rows[0]!.key !== null;
  const ordered = rows.length > 0 && rows[0]!.ordinal !== null;
  return {
    topic,
    partition,
    ...values,
    length: rows.length,
    keys: keyed ? keyColumn(rows, values, layout) : null,
    timestampsMs: Float64Array.from(rows, ({ timestampMs }) => timestampMs),
    ordinals: ordered ? Int32Array.from(rows, ({ ordinal }) => ordinal!) : null,
    headers,
    control,
  };
}

/** Records of one row, of bytes as they are; timestamp 0 and no end of a slice unless said. */
export function oneRow(
  { topic, partition = 0 }: { readonly topic: string; readonly partition?: number },
  bytes: Uint8Array,
  { timestampMs = 0, control = null }: { timestampMs?: number; control?: SliceEnd | null } = {},
): Records {
  return {
    topic,
    partition,
    length: 1,
    bytes,
    starts: Int32Array.of(0),
    ends: Int32Array.of(bytes.length),
    keys: null,
    timestampsMs: Float64Array.of(timestampMs),
    ordinals: null,
    headers: {},
    control,
  };
}

/** Rows with a value only. */
export const plain = (...values: string[]): PlainRecords => ({
  rows: values.map((value) => ({ value, key: null, timestampMs: 0, ordinal: null })),
  headers: {},
  control: null,
});

const text = ({ bytes, starts, ends }: ByteColumn, i: number): string =>
  decoder.decode(bytes.subarray(starts[i]!, ends[i]!));

export function toPlain(batch: RecordBatch): PlainRecords {
  const rows = Array.from({ length: batch.length }, (_, i) => ({
    value: text(batch, i),
    key: batch.keys && text(batch.keys, i),
    timestampMs: batch.timestampsMs[i]!,
    ordinal: batch.ordinals ? batch.ordinals[i]! : null,
  }));
  return { rows, headers: batch.headers, control: batch.control };
}

export const sliceEnd = (sliceMs: number): SliceEnd => ({
  sliceMs,
  attempt: 1,
  from: "events",
  rows: 3,
  missing: ["gkg"],
});

const rowArbitrary = (keys: "none" | "apart" | "prefix", ordinals: boolean) =>
  fc
    .tuple(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.string({ maxLength: 5 }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(),
    )
    .map(([value, key, timestampMs, ordinal]) => ({
      value: keys === "prefix" ? key + value : value,
      key: keys === "none" ? null : key,
      timestampMs,
      ordinal: ordinals ? ordinal : null,
    }));

export const plainRecords: fc.Arbitrary<PlainRecords> = fc
  .tuple(fc.constantFrom("none", "apart", "prefix"), fc.boolean())
  .chain(([keys, ordinals]) =>
    fc.record({
      rows: fc.array(rowArbitrary(keys, ordinals), { maxLength: 12 }),
      headers: fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      control: fc.option(fc.nat().map(sliceEnd)),
    }),
  );
