/** What became of a slice at one stage, and how long that took. */
export interface Span {
  /** Whose trace it belongs to. */
  readonly sliceMs: number;
  /** 16 hexadecimal digits, and those of the span it is a part of; null: it is the first. */
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** What a process says of itself with its spans. */
export interface Resource {
  readonly application: string;
  readonly version: string;
  readonly replica: string;
}

/** A slice as it is stamped, `20260101001500`; also where others' slices begin at any second. */
export const sliceText = (sliceMs: number): string =>
  new Date(sliceMs).toISOString().replaceAll(/\D/g, "").slice(0, 14);

/** Of which slice a span is. */
export const sliceAttribute = (sliceMs: number): Readonly<Record<string, string>> => ({
  "gdelt.slice": sliceText(sliceMs),
});
