/**
 * Hashes over byte ranges. `murmur2` is the one Kafka's default partitioner uses, so that anybody's
 * producer puts a key where ours does; `Hash128` (MurmurHash3 x86_128, Austin Appleby, public
 * domain) names rows and documents. Both take ranges, never substrings.
 */

/** Kafka's `Utils.murmur2`, a signed 32-bit number. */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const left = end - at;
  if (left >= 3) h ^= bytes[at + 2]! << 16;
  if (left >= 2) h ^= bytes[at + 1]! << 8;
  if (left >= 1) h = Math.imul(h ^ bytes[at]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** The partition Kafka's default partitioner gives a key. */
export const partitionOf = (
  bytes: Uint8Array,
  start: number,
  end: number,
  partitions: number,
): number => (partitions === 1 ? 0 : (murmur2(bytes, start, end) & 0x7fffffff) % partitions);

const rotl = (x: number, r: number): number => (x << r) | (x >>> (32 - r));

function fmix(input: number): number {
  let h = input;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** A reusable 128-bit hasher; the result stays in `a`, `b`, `c`, `d` (signed 32-bit words). */
export class Hash128 {
  a = 0;
  b = 0;
  c = 0;
  d = 0;

  update(bytes: Uint8Array, start: number, end: number): this {
    let h1 = 0;
    let h2 = 0;
    let h3 = 0;
    let h4 = 0;
    let at = start;
    for (; at + 16 <= end; at += 16) {
      h1 ^= Math.imul(rotl(Math.imul(word(bytes, at), C1), 15), C2);
      h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
      h2 ^= Math.imul(rotl(Math.imul(word(bytes, at + 4), C2), 16), C3);
      h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
      h3 ^= Math.imul(rotl(Math.imul(word(bytes, at + 8), C3), 17), C4);
      h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
      h4 ^= Math.imul(rotl(Math.imul(word(bytes, at + 12), C4), 18), C1);
      h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
    }
    const left = end - at;
    if (left > 12) h4 ^= Math.imul(rotl(Math.imul(tail(bytes, at + 12, end), C4), 18), C1);
    if (left > 8) h3 ^= Math.imul(rotl(Math.imul(tail(bytes, at + 8, end), C3), 17), C4);
    if (left > 4) h2 ^= Math.imul(rotl(Math.imul(tail(bytes, at + 4, end), C2), 16), C3);
    if (left > 0) h1 ^= Math.imul(rotl(Math.imul(tail(bytes, at, end), C1), 15), C2);
    const length = end - start;
    return this.finish(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length);
  }

  private finish(i1: number, i2: number, i3: number, i4: number): this {
    const sum = (i1 + i2 + i3 + i4) | 0;
    const h1 = fmix(sum);
    const h2 = fmix((i2 + sum) | 0);
    const h3 = fmix((i3 + sum) | 0);
    const h4 = fmix((i4 + sum) | 0);
    this.a = (h1 + h2 + h3 + h4) | 0;
    this.b = (h2 + this.a) | 0;
    this.c = (h3 + this.a) | 0;
    this.d = (h4 + this.a) | 0;
    return this;
  }
}

const word = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

function tail(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) value = (value << 8) | bytes[i]!;
  return value;
}
