/** More changes than this make it another name. */
const CHANGES_MAX = 3;

/** The name that was meant, as far as one can tell; null: none is near. */
export function closestName<N extends string>(given: string, names: readonly N[]): N | null {
  let closest: N | null = null;
  let least = Math.min(CHANGES_MAX, Math.floor(given.length / 2)) + 1;
  for (const name of names) {
    const changes = changesBetween(given.toLowerCase(), name);
    if (changes >= least) continue;
    least = changes;
    closest = name;
  }
  return closest;
}

/** Letters to put in, take out or replace (Levenshtein). */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      line.push(
        Math.min(line[column - 1]! + 1, above[column]! + 1, above[column - 1]! + (isSame ? 0 : 1)),
      );
    }
    above = line;
  }
  return above[to.length]!;
}
