import { readFileSync } from "node:fs";
import { ConfigError } from "../../record/errors.ts";
import type { OptionName } from "./catalogue.ts";
import type { GivenValue } from "./given-value.ts";

const PREFIX = "GDELT_STREAMS_";
const FROM_FILE = "_FILE";

/** What the scripts of the project and its tests are told: no options of the program. */
const OTHERS = ["SERVICES", "CACHE", "KAFKA", "KAFKA3", "MINIO", "POSTGRES"];

/** The variable that sets an option: `application.id` is `GDELT_STREAMS_APPLICATION_ID`. */
export const variableOf = (name: OptionName): string =>
  PREFIX + name.toUpperCase().replaceAll(/[.-]/g, "_");

/**
 * The values of the environment. `…_FILE` names a file that holds the value, as secrets are handed
 * to containers. An empty variable is not set.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly OptionName[],
  complain: (problem: string) => void,
): GivenValue[] {
  const optionOf = new Map<string, string>(names.map((name) => [variableOf(name), name]));
  const values: GivenValue[] = [];
  for (const [variable, given = ""] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || given === "") continue;
    if (OTHERS.includes(variable.slice(PREFIX.length))) continue;
    const isFile = !optionOf.has(variable) && variable.endsWith(FROM_FILE);
    const plain = isFile ? variable.slice(0, -FROM_FILE.length) : variable;
    // One that is no option is reported where names are checked, under its own name.
    const name = optionOf.get(plain) ?? dotted(variable);
    if (isFile && optionOf.has(plain)) {
      const text = readValue(variable, given, complain);
      if (text !== null) values.push({ name, text, origin: `${variable}, ${given}` });
    } else {
      values.push({ name, text: given, origin: variable });
    }
  }
  return values;
}

/** One value, for a command that reads no configuration; null: it is not set. @throws ConfigError */
export function valueFromEnvironment(name: OptionName): string | null {
  const variables = [variableOf(name), `${variableOf(name)}${FROM_FILE}`];
  const environment = Object.fromEntries(variables.map((each) => [each, process.env[each]]));
  const [found = null] = readEnvironment(environment, [name], (problem) => {
    throw new ConfigError(problem);
  });
  return found?.text ?? null;
}

const dotted = (variable: string): string =>
  variable.slice(PREFIX.length).toLowerCase().replaceAll("_", ".");

/** Whoever writes a file ends its last line. */
function readValue(
  variable: string,
  file: string,
  complain: (problem: string) => void,
): string | null {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    complain(`${variable}: ${file} cannot be read (${(error as Error).message})`);
    return null;
  }
}
