/** Five minutes of a value that is looked at every two seconds. */
const LENGTH = 150;

/** The last values of a number; null where it was not known. */
export class History {
  #values: readonly (number | null)[] = [];

  take(value: number | null): void {
    this.#values = [...this.#values, value].slice(-LENGTH);
  }

  get values(): readonly (number | null)[] {
    return this.#values;
  }

  /** The newest that is known. */
  get last(): number | null {
    return this.#values.findLast((value) => value !== null) ?? null;
  }
}

/** The `d` of a line through a history, in a box that is 100 wide. */
export function historyPath(values: readonly (number | null)[], height: number): string {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (known.length < 2) return "";
  const [low, high] = [Math.min(...known, 0), Math.max(...known)];
  const scale = high === low ? 0 : (height - 2) / (high - low);
  let path = "";
  let isDown = false;
  for (const [i, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) {
      isDown = false;
      continue;
    }
    const x = (i * 100) / (values.length - 1);
    const y = height - 1 - (value - low) * scale;
    path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  }
  return path;
}
