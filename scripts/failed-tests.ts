/** Of what one failed test says; a report of a property may be long. */
const TEXT_MAX = 4000;

/**
 * The tests that failed in a report of `node --test` (TAP 13), each with its error: what is wanted at
 * the end of a long log. Suites that only hold such a test are not named.
 */
export function failedTests(tap: string): string[] {
  const lines = tap.split("\n");
  return lines.flatMap((line, at) => {
    const [, indent, name] = /^( *)not ok \d+ - (.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const begin = `${indent}  `;
    const rest = lines.slice(at + 1);
    const end = rest.indexOf(`${begin}...`);
    const about = rest.slice(1, end).map((each) => each.slice(begin.length));
    if (about.includes("failureType: 'subtestsFailed'")) return [];
    const text = about.filter((each) => !/^(duration_ms|type|failureType|code):/.test(each));
    return [`✖ ${name}\n  ${text.join("\n  ").slice(0, TEXT_MAX)}`];
  });
}
