import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";

/** The contract as its readers have it: nothing here comes from the code that has written it. */
export interface ContractTable {
  readonly name: string;
  readonly physicalName: string;
  readonly quality?: readonly Rule[];
  readonly properties: readonly Property[];
  readonly customProperties: readonly Custom[];
}

export interface Property {
  readonly name: string;
  readonly physicalType: string;
  readonly description: string;
  readonly required?: boolean;
  readonly partitioned?: boolean;
  readonly quality?: readonly Rule[];
  readonly customProperties?: readonly Custom[];
}

interface Custom {
  readonly property: string;
  readonly value: string;
}

interface Rule {
  readonly description: string;
  readonly metric?: "duplicateValues" | "invalidValues";
  readonly arguments?: { readonly properties?: string[]; readonly validValues?: string[] };
  readonly query?: string;
  readonly mustBe: number;
}

export async function readContract(): Promise<readonly ContractTable[]> {
  const file = path.join(import.meta.dirname, "../../contracts/silver.odcs.yaml");
  return parse(await readFile(file, "utf8")).schema;
}

export const customValue = (
  { customProperties }: Pick<Property, "customProperties">,
  name: string,
): string | undefined => customProperties?.find(({ property }) => property === name)?.value;

/** What a column is somewhere, with as much as is known there. */
export interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly description?: string | null;
}

/** Where the columns found are not those expected; each difference says which table and column. */
export function differences(
  where: string,
  expected: readonly FoundColumn[],
  found: readonly FoundColumn[],
): string[] {
  const others = new Map(found.map((column) => [column.name, column]));
  const told = expected.flatMap((column) => {
    const other = others.get(column.name);
    others.delete(column.name);
    if (other === undefined) return [`${where}.${column.name} is not there`];
    return (["type", "nullable", "description"] as const)
      .filter((what) => column[what] !== other[what])
      .map(
        (what) => `${where}.${column.name}: ${what} is ${other[what]}, by contract ${column[what]}`,
      );
  });
  return [...told, ...[...others.keys()].map((name) => `${where}.${name} is not in the contract`)];
}

/** Each rule of a table as SQL that counts what breaks it. */
export function ruleQueries(table: ContractTable, from: string): [rule: string, sql: string][] {
  const ofColumns = table.properties.flatMap(({ name, quality = [] }) =>
    quality.map((rule) => [rule, name] as const),
  );
  const ofTable = (table.quality ?? []).map((rule) => [rule, null] as const);
  return [...ofTable, ...ofColumns].map(([rule, column]) => [
    `${table.name}: ${rule.description}`,
    ruleSql(rule, column, from),
  ]);
}

function ruleSql(rule: Rule, column: string | null, from: string): string {
  const { metric, query } = rule;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as the standard writes it
  if (query !== undefined) return query.replace("${table}", from);
  if (metric === "duplicateValues") {
    const key = rule.arguments!.properties!.join(", ");
    return `select count(*) from (select 1 from ${from} group by ${key} having count(*) > 1) as twice`;
  }
  if (metric === "invalidValues") {
    const values = rule.arguments!.validValues!.map((value) => `'${value}'`).join(", ");
    return `select count(*) from ${from} where ${column} not in (${values})`;
  }
  throw new TypeError(`a rule that nobody checks: ${JSON.stringify(rule)}`);
}
