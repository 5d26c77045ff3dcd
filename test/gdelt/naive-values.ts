import type { Column } from "../../src/gdelt/columns.ts";

/** The value of a field by a way of its own; undefined for columns that hold a list. */
export function naiveValue({ type }: Column, text: string): unknown {
  const isScalar = ["text", "int32", "int64", "float64", "date", "stamp"].includes(type);
  if (text === "") return isScalar ? null : undefined;
  const date = (from: number, to: number) => Number(text.slice(from, to));
  switch (type) {
    case "text":
      return text;
    case "int32":
    case "int64":
    case "float64":
      return Number(text);
    case "date":
      return new Date(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`);
    case "stamp":
      return new Date(
        Date.UTC(date(0, 4), date(4, 6) - 1, date(6, 8), date(8, 10), date(10, 12), date(12, 14)),
      );
    default:
      return undefined;
  }
}

export const camelCase = (snakeName: string): string =>
  snakeName
    .split("_")
    .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
