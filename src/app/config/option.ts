import type { ValueType } from "./value-type.ts";

/** One thing that can be set: `T` is what the program gets. */
export interface Option<T> {
  readonly type: ValueType<NonNullable<T>>;
  /** As one would write it; null: it has none. */
  readonly standard: string | null;
  readonly isRequired: boolean;
  /** Never printed. */
  readonly isSecret: boolean;
  /** What it does, in a sentence or two. */
  readonly doc: string;
}

/** What the program gets of an option. */
export type ValueOf<O> = O extends Option<infer T> ? T : never;

/** It has a value whenever nobody gives one. */
export const option = <T extends NonNullable<unknown>>(
  type: ValueType<T>,
  standard: string,
  doc: string,
): Option<T> => ({ type, standard, isRequired: false, isSecret: false, doc });

/** There may be none: null. */
export const optional = <T extends NonNullable<unknown>>(
  type: ValueType<T>,
  doc: string,
): Option<T | null> => ({ type, standard: null, isRequired: false, isSecret: false, doc });

/** Nobody can do without. */
export const required = <T extends NonNullable<unknown>>(
  type: ValueType<T>,
  doc: string,
): Option<T> => ({ type, standard: null, isRequired: true, isSecret: false, doc });

export const secret = <T>(of: Option<T>): Option<T> => ({ ...of, isSecret: true });
