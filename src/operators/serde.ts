import { RecordError } from "../record/errors.ts";

/**
 * Bytes for a value, and the value again: `decode(encode(value))` equals `value`. For user code and
 * for rows that an operator keeps; what is hot reads its fields from the bytes instead.
 */
export interface Serde<V> {
  encode(value: V): Uint8Array;
  /** Fails with a `RecordError` when the bytes are no value. */
  decode(bytes: Uint8Array): V;
}

const encoder = new TextEncoder();
// Not lenient: a replacement character would come back as other bytes than were read.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new RecordError(`${bytes.length} bytes are not UTF-8 text`, { cause });
  }
}

export const utf8Serde: Serde<string> = {
  encode: (value) => encoder.encode(value),
  decode: decodeText,
};

/** JSON; `V` is the author's promise about what the topic or store holds, nothing checks it. */
export const jsonSerde = <V>(): Serde<V> => ({
  encode: (value) => encoder.encode(JSON.stringify(value)),
  decode: (bytes) => {
    const text = decodeText(bytes);
    try {
      return JSON.parse(text) as V;
    } catch (cause) {
      throw new RecordError(`not JSON: ${text.slice(0, 80)}`, { cause });
    }
  },
});
