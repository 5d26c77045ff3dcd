/** Goldstein scale, as GDELT gives it, of the base codes that occur in scenes. */
const GOLDSTEIN: ReadonlyMap<string, string> = new Map(
  `
  010 0.0|012 -0.4|013 0.4|016 -2.0|018 3.4|020 3.0|021 3.4|023 3.4|025 -0.3|026 4.0|030 4.0
  031 5.2|033 5.2|034 7.0|035 7.0|036 4.0|037 5.0|039 5.0|040 1.0|042 1.9|043 2.8|045 5.0|046 7.0
  051 3.4|055 7.0|057 8.0|060 6.0|061 6.4|063 7.4|064 7.0|070 7.0|071 7.4|072 8.3|073 7.4|074 8.5
  075 7.0|080 5.0|081 5.0|083 5.0|084 7.0|087 9.0|090 -2.0|091 -2.0|101 -5.0|103 -5.0|105 -5.0
  107 -5.0|110 -2.0|111 -2.0|112 -2.0|114 -2.0|115 -2.0|116 -2.0|120 -4.0|121 -4.0|124 -4.0
  125 -5.0|127 -5.0|130 -4.4|133 -5.8|134 -5.8|141 -6.5|143 -6.5|144 -7.5|150 -7.2|151 -7.2
  153 -7.2|160 -4.0|163 -8.0|171 -9.2|172 -5.0|173 -5.0|174 -5.0|176 -7.0|190 -10.0|191 -9.5
  `
    .trim()
    .split(/[|\n]/)
    .map((entry): [string, string] => {
      const [code = "", value = ""] = entry.trim().split(" ");
      return [code, value];
    }),
);

/** The event's five columns from EventCode on: code, base, root, QuadClass, Goldstein scale. */
export function deedCells(code: string): readonly string[] {
  const base = code.slice(0, 3);
  const root = code.slice(0, 2);
  const goldstein = GOLDSTEIN.get(base);
  if (goldstein === undefined) throw new Error(`no Goldstein scale for CAMEO ${code}`);
  return [code, base, root, quadClass(Number(root)), goldstein];
}

/** Verbal and material cooperation, verbal and material conflict. */
function quadClass(root: number): string {
  if (root <= 5) return "1";
  if (root <= 9) return "2";
  return root <= 14 ? "3" : "4";
}
