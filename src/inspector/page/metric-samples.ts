/** One line of `/metrics`. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples of Prometheus' text by the name of their series. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:\\.|[^"\\])*)"/g;

export function samplesOf(text: string, wanted: ReadonlySet<string>): Samples {
  const found = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name = "", labels = "", value = ""] = LINE.exec(line) ?? [];
    if (!wanted.has(name)) continue;
    const sample = { labels: labelsOf(labels), value: numberOf(value) };
    const others = found.get(name);
    if (others === undefined) found.set(name, [sample]);
    else others.push(sample);
  }
  return found;
}

const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(LABEL)].map(([, name, value]) => [name!, value!]));

const numberOf = (text: string): number =>
  text === "+Inf" ? Number.POSITIVE_INFINITY : Number(text);
