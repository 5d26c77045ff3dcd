import { partitionOf } from "../record/hash.ts";

const digits = new Uint8Array(20);

/** Where the id's decimal digits, the key of the events topic, belong. */
export function partitionOfEvent(eventId: number, partitions: number): number {
  if (partitions === 1) return 0;
  let at = digits.length;
  let rest = eventId;
  do {
    const quotient = Math.floor(rest / 10);
    digits[--at] = 48 + rest - quotient * 10;
    rest = quotient;
  } while (rest > 0);
  return partitionOf(digits, at, digits.length, partitions);
}
