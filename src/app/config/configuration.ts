import { readFileSync } from "node:fs";
import { ConfigError } from "../../record/errors.ts";
import { OPTION_NAMES, type OptionName, optionOf, type Settings } from "./catalogue.ts";
import { closestName } from "./closest-name.ts";
import { readConfigFile } from "./config-file.ts";
import { contradictions } from "./contradictions.ts";
import { readEnvironment, variableOf } from "./environment.ts";
import type { GivenValue } from "./given-value.ts";

/** What counts, and where each value is from. */
export interface Configuration {
  readonly settings: Settings;
  readonly sources: Readonly<Record<OptionName, ValueSource>>;
}

export interface ValueSource {
  /** As it was written; null: there is no value. */
  readonly text: string | null;
  /** `file:line` or a variable; null: it is the default. */
  readonly origin: string | null;
}

export interface ConfigurationSources {
  /** null: the environment says everything. */
  readonly file: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration of a file and the environment; a variable counts for more than the file.
 * @throws ConfigError with everything that is wrong, a line each.
 */
export function loadConfiguration({ file, environment }: ConfigurationSources): Configuration {
  const problems: string[] = [];
  const complain = (problem: string) => void problems.push(problem);
  const inFile = file === null ? [] : readConfigFile(file, readText(file), complain);
  const inEnvironment = readEnvironment(environment, OPTION_NAMES, complain);
  const given = new Map([...named(inFile, complain), ...named(inEnvironment, complain)]);
  const settings: Record<string, unknown> = {};
  const sources: Record<string, ValueSource> = {};
  for (const name of OPTION_NAMES) {
    settings[name] = readValue(name, given.get(name), complain);
    sources[name] = given.get(name) ?? { text: optionOf(name).standard, origin: null };
  }
  const configuration = { settings, sources } as unknown as Configuration;
  if (problems.length === 0) problems.push(...contradictions(configuration));
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  return configuration;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`${file} cannot be read (${(cause as Error).message})`, { cause });
  }
}

/** Those whose names are options, each once. */
function named(
  values: readonly GivenValue[],
  complain: (problem: string) => void,
): Map<OptionName, GivenValue> {
  const known = new Map<OptionName, GivenValue>();
  for (const value of values) {
    const name = OPTION_NAMES.find((option) => option === value.name);
    if (name === undefined) {
      complain(`${value.origin}: there is no option ${value.name}${suggestion(value)}`);
    } else if (known.has(name)) {
      complain(`${value.origin}: ${name} is set at ${known.get(name)!.origin} already`);
    } else {
      known.set(name, value);
    }
  }
  return known;
}

/** In the words of the place where it stands. */
function suggestion({ name, origin }: GivenValue): string {
  const closest = closestName(name, OPTION_NAMES);
  if (closest === null) return "; docs/configuration.md lists them all";
  return `; did you mean ${origin.startsWith("GDELT_STREAMS_") ? variableOf(closest) : closest}?`;
}

/** The value of an option, or of its default. */
function readValue(
  name: OptionName,
  given: GivenValue | undefined,
  complain: (problem: string) => void,
): unknown {
  const { type, standard, isRequired, isSecret } = optionOf(name);
  if (given === undefined) {
    if (isRequired) complain(`${name} is not set; it takes ${type.expected}`);
    return standard === null ? null : type.parse(standard);
  }
  const value = type.parse(given.text);
  if (value === undefined) {
    const text = isSecret ? "what is there" : `"${given.text}"`;
    complain(`${given.origin}: ${name} takes ${type.expected}, not ${text}`);
  }
  return value;
}
