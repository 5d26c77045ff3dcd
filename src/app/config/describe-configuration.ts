import { stringify } from "yaml";
import { CHAPTERS, OPTION_NAMES, type OptionName, optionOf } from "./catalogue.ts";
import type { Configuration } from "./configuration.ts";
import { variableOf } from "./environment.ts";
import { text } from "./value-type.ts";

const LINE_WIDTH = 96;
const COMMENT_COLUMN = 48;

/** The values that count, as a file would say them, each with its place. Secrets are not told. */
export function printedConfiguration({ sources }: Configuration): string {
  const lines = OPTION_NAMES.map((name) => {
    const { text: value, origin } = sources[name];
    const isHidden = value !== null && optionOf(name).isSecret;
    const line = value === null ? `${name}:` : `${name}: ${inYaml(isHidden ? "***" : value)}`;
    return `${line.padEnd(COMMENT_COLUMN)}  # ${origin ?? "default"}`;
  });
  return `${lines.join("\n")}\n`;
}

/** What the example sets: brokers, and MinIO, on this machine. */
const EXAMPLE: Partial<Record<OptionName, string>> = {
  "bootstrap.servers": "localhost:9092",
  "checkpoint.store": "s3://gdelt/checkpoints",
  "lake.location": "s3://gdelt/lake",
  "s3.endpoint": "http://localhost:9000",
};

const FILE_HEAD = [
  "Configuration of gdelt-streams: `feed --config` and `run --config` read the same file. Every option",
  "is here; those in comments have the value that they have without this file, or none. A variable",
  `counts for more than the file: ${variableOf("num.stream.threads")}=2, and for secrets`,
  `${variableOf("sasl.password")}_FILE=/run/secrets/kafka.`,
];

/** `config/gdelt-streams.yaml`. */
export function exampleFile(): string {
  const chapters = CHAPTERS.map(({ title, names }) => {
    const entries = names.map(
      (name) => `${commented(plain(optionOf(name).doc))}\n${entry(name)}\n`,
    );
    return `# ---- ${title} ----\n\n${entries.join("\n")}`;
  });
  return `${FILE_HEAD.map((line) => `# ${line}`).join("\n")}\n\n${chapters.join("\n")}`;
}

function entry(name: OptionName): string {
  const value = EXAMPLE[name];
  if (value !== undefined) return `${name}: ${inYaml(value)}`;
  const { standard } = optionOf(name);
  return standard === null ? `#${name}:` : `#${name}: ${inYaml(standard)}`;
}

const PAGE_HEAD = `# Configuration

What \`run\` and \`feed --config\` can be told. This page and \`config/gdelt-streams.yaml\`, which has
every option with its default, are written by \`node scripts/configuration.ts\`.

- **The file** is YAML: \`name: value\`, a line each. Names may be nested, at their dots:
  \`sasl: { username: ann }\` is \`sasl.username: ann\`. Lists are YAML's, or have commas.
- **The environment** counts for more: \`GDELT_STREAMS_\` and the name in capitals, with \`_\` for each
  dot and hyphen, as \`GDELT_STREAMS_NUM_STREAM_THREADS=2\`. An empty variable is not set. Without \`--config\` it
  says everything.
- **Secrets** may lie in files: \`GDELT_STREAMS_SASL_PASSWORD_FILE=/run/secrets/kafka\`; so may any
  other value. They are in no log, and \`run --print-config\` shows them as \`***\`.
- A name that is no option, and a value that does not do, stop the start, with the place and what was
  expected. \`run --print-config\` shows the values that count and where each is from.
- Durations are \`500ms\`, \`10s\`, \`15m\`, \`2h\`, \`8d\`; what ends in \`.ms\` is a number of milliseconds.

`;

/** `docs/configuration.md`. */
export function configurationPage(): string {
  const chapters = CHAPTERS.map(({ title, names }) => {
    const rows = names.map((name) => {
      const { type, standard, isRequired, isSecret, doc } = optionOf(name);
      const value = isRequired ? "must be set" : standard === null ? "" : `\`${standard}\``;
      const takes = type === text ? "" : ` Takes ${type.expected}.`;
      return `| \`${name}\` | ${value} | ${doc}${takes}${isSecret ? " Secret." : ""} |`;
    });
    return [`## ${title}`, "", "| option | default | what it is |", "|---|---|---|", ...rows, ""];
  });
  return PAGE_HEAD + chapters.flat().join("\n");
}

/** Numbers and flags need no quotes: values are read as they are written. */
const inYaml = (value: string): string =>
  /^(?:\d+|true|false)$/.test(value) ? value : stringify(value, { lineWidth: 0 }).trimEnd();

const plain = (doc: string): string => doc.replaceAll("`", "");

/** In lines of a comment. */
function commented(doc: string): string {
  const lines: string[] = [];
  let line = "#";
  for (const word of doc.split(" ")) {
    if (line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
