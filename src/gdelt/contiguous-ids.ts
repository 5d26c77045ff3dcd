const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;

/**
 * Whether the ids in the first column of an export follow each other without a gap, as they did in
 * every file that was looked at: a cheap sign that rows are missing. No rows have no gap.
 */
export function idsAreContiguous(rows: Buffer): boolean {
  let expected = -1;
  for (let at = 0; at < rows.length; ) {
    let id = 0;
    let digits = 0;
    for (let byte = rows[at]!; byte >= ZERO && byte <= NINE; byte = rows[at + digits] ?? 0) {
      id = id * 10 + byte - ZERO;
      digits++;
    }
    if (digits === 0 || (expected !== -1 && id !== expected)) return false;
    expected = id + 1;
    const newline = rows.indexOf(NEWLINE, at);
    if (newline === -1) return true;
    at = newline + 1;
  }
  return true;
}
