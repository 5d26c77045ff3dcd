/**
 * Numbers and times out of bytes, without a string and without an object.
 *
 * A parse returns a status and leaves the number in `value`: a sentinel would have to be a number
 * which no field can hold, and a `number | null` boxes every double. `value` is meaningful only
 * after `PARSED`. Anything that is not entirely a number of the asked kind is `MALFORMED`: blanks,
 * signs alone, hexadecimals, infinities, overflow, dates which no calendar has.
 */
export const PARSED = 0;
/** The field has no bytes: null. */
export const EMPTY = 1;
export const MALFORMED = 2;

export type ParseStatus = typeof PARSED | typeof EMPTY | typeof MALFORMED;

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;

/** Powers of ten which a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const DAYS_BEFORE_MONTH = Int32Array.of(0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365);
const DAY_MS = 86_400_000;

/** Days from 1970-01-01 to the first of January of a year of the Gregorian calendar. */
const daysBeforeYear = (year: number): number => {
  const past = year - 1;
  const leaps = Math.trunc(past / 4) - Math.trunc(past / 100) + Math.trunc(past / 400);
  return past * 365 + leaps - 719_162;
};

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** The two digits at a place, or -1. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** A double in an array slot, because one in a field would be boxed anew at every parse. */
export class NumberParser {
  private readonly slot = new Float64Array(1);

  /** The number of the last parse that returned `PARSED`. */
  get value(): number {
    return this.slot[0]!;
  }

  /** A whole number of at most 32 bits, with its sign. */
  int32(bytes: Uint8Array, start: number, end: number): ParseStatus {
    const status = this.int64(bytes, start, end);
    if (status !== PARSED) return status;
    const value = this.slot[0]!;
    return value >= -0x8000_0000 && value <= 0x7fff_ffff ? PARSED : MALFORMED;
  }

  /** A whole number which a double holds exactly; beyond ±(2^53 - 1) it is malformed. */
  int64(bytes: Uint8Array, start: number, end: number): ParseStatus {
    if (start >= end) return EMPTY;
    const negative = bytes[start] === MINUS;
    let at = negative ? start + 1 : start;
    if (at === end) return MALFORMED;
    let value = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return MALFORMED;
      value = value * 10 + digit;
    }
    // Checked once: past 2^53 the sum is inexact, but it only grows and cannot come back.
    if (value > Number.MAX_SAFE_INTEGER) return MALFORMED;
    this.slot[0] = negative && value > 0 ? -value : value;
    return PARSED;
  }

  /** A decimal number, with or without exponent: exactly the double which `Number(text)` is. */
  float64(bytes: Uint8Array, start: number, end: number): ParseStatus {
    if (start >= end) return EMPTY;
    const negative = bytes[start] === MINUS;
    let at = negative ? start + 1 : start;
    let mantissa = 0;
    let digits = 0;
    let pointAt = -1;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= 57) {
        mantissa = mantissa * 10 + (byte - ZERO);
        digits++;
      } else if (byte === POINT && pointAt < 0) pointAt = at;
      else break;
    }
    if (digits === 0) return MALFORMED;
    let exponent = pointAt < 0 ? 0 : pointAt + 1 - at;
    if (at < end) {
      const written = exponentAt(bytes, at, end);
      if (written === NO_EXPONENT) return MALFORMED;
      exponent += written;
    }
    // Clinger's fast path: both factors are exact, so the one rounding is the right one.
    if (mantissa > Number.MAX_SAFE_INTEGER || exponent > 22 || exponent < -22) {
      return this.float64Slow(bytes, start, end);
    }
    const size =
      exponent < 0 ? mantissa / EXACT_POWERS[-exponent]! : mantissa * EXACT_POWERS[exponent]!;
    this.slot[0] = negative ? -size : size;
    return PARSED;
  }

  private float64Slow(bytes: Uint8Array, start: number, end: number): ParseStatus {
    let text = "";
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
    const value = Number(text);
    if (!Number.isFinite(value)) return MALFORMED;
    this.slot[0] = value;
    return PARSED;
  }

  /** YYYYMMDD: days since 1970-01-01. */
  date(bytes: Uint8Array, start: number, end: number): ParseStatus {
    if (start >= end) return EMPTY;
    return end - start === 8 ? this.day(bytes, start) : MALFORMED;
  }

  /** YYYYMMDDHHMMSS in UTC: milliseconds since the epoch. */
  stamp(bytes: Uint8Array, start: number, end: number): ParseStatus {
    if (start >= end) return EMPTY;
    if (end - start !== 14 || this.day(bytes, start) !== PARSED) return MALFORMED;
    const hour = twoDigits(bytes, start + 8);
    const minute = twoDigits(bytes, start + 10);
    const second = twoDigits(bytes, start + 12);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
      return MALFORMED;
    }
    this.slot[0] = this.slot[0]! * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000;
    return PARSED;
  }

  private day(bytes: Uint8Array, at: number): ParseStatus {
    const century = twoDigits(bytes, at);
    const ofCentury = twoDigits(bytes, at + 2);
    const month = twoDigits(bytes, at + 4);
    const day = twoDigits(bytes, at + 6);
    if (century < 0 || ofCentury < 0 || month < 1 || month > 12 || day < 1) return MALFORMED;
    const year = century * 100 + ofCentury;
    if (year < 1) return MALFORMED;
    const before = DAYS_BEFORE_MONTH[month - 1]!;
    const leap = isLeap(year);
    const monthDays = DAYS_BEFORE_MONTH[month]! - before + (leap && month === 2 ? 1 : 0);
    if (day > monthDays) return MALFORMED;
    this.slot[0] = daysBeforeYear(year) + before + (leap && month > 2 ? 1 : 0) + day - 1;
    return PARSED;
  }
}

const NO_EXPONENT = 0x7fff_ffff;

/** The exponent written from `at` ("e-5"), or `NO_EXPONENT` if that is not what stands there. */
function exponentAt(bytes: Uint8Array, at: number, end: number): number {
  if ((bytes[at]! | 32) !== 101) return NO_EXPONENT;
  let from = at + 1;
  const negative = bytes[from] === MINUS;
  if (from < end && (negative || bytes[from] === PLUS)) from++;
  if (from >= end) return NO_EXPONENT;
  let value = 0;
  for (; from < end; from++) {
    const digit = bytes[from]! - ZERO;
    if (digit < 0 || digit > 9) return NO_EXPONENT;
    // Beyond this the number is zero or infinite whatever follows; growing on would overflow.
    if (value < 1_000_000) value = value * 10 + digit;
  }
  return negative ? -value : value;
}
