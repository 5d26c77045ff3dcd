/** A node as the text of a topology tells it. */
export interface ParsedNode {
  readonly kind: "Source" | "Processor" | "Sink";
  readonly topics: readonly string[];
  readonly stores: readonly string[];
  readonly successors: readonly string[];
  readonly predecessors: readonly string[];
}

/** Nodes by name, for each sub-topology by its number; in the order of the text. */
export type ParsedTopology = ReadonlyMap<number, ReadonlyMap<string, ParsedNode>>;

const SUB_TOPOLOGY = /^ {2}Sub-topology: (\d+)( for global store \(will not generate tasks\))?$/;
const NODE = {
  Source: /^ {4}Source: (\S+) \(topics: \[(\S+(?:, \S+)*)\]\)$/,
  Processor: /^ {4}Processor: (\S+) \(stores: \[((?:\S+(?:, \S+)*)?)\]\)$/,
  Sink: /^ {4}Sink: (\S+) \(topic: (\S+)\)$/,
} as const;
const NEXT = /^ {6}--> (\S+(?:, \S+)*)$/;
const PREVIOUS = /^ {6}<-- (\S+(?:, \S+)*)$/;

const names = (list: string): string[] => (list === "" ? [] : list.split(", "));

/** Reads the text by Kafka Streams' grammar, to the letter; fails with the line that breaks it. */
export function parseDescription(text: string): ParsedTopology {
  if (!text.startsWith("Topologies:\n ")) throw new Error(`bad beginning: ${text.slice(0, 40)}`);
  const lines = text.slice("Topologies:\n ".length).split("\n");
  const parsed = new Map<number, Map<string, ParsedNode>>();
  let at = 0;
  while (at < lines.length - 1) {
    const id = lines[at++]!.match(SUB_TOPOLOGY)?.[1];
    if (id === undefined) throw new Error(`line ${at}: a sub-topology expected: ${lines[at - 1]}`);
    const nodes = new Map<string, ParsedNode>();
    while (lines[at] !== "") at = parseNode(lines, at, nodes);
    at++;
    parsed.set(Number(id), nodes);
  }
  if (lines[at] !== "") throw new Error(`something follows the last sub-topology: ${lines[at]}`);
  return parsed;
}

function parseNode(lines: readonly string[], from: number, nodes: Map<string, ParsedNode>): number {
  let at = from;
  const kind = (["Source", "Processor", "Sink"] as const).find((k) =>
    NODE[k].test(lines[at] ?? ""),
  );
  if (kind === undefined) throw new Error(`line ${at}: a node expected: ${lines[at]}`);
  const [, name, list] = lines[at++]!.match(NODE[kind]) as unknown as [string, string, string];
  const edges = (pattern: RegExp): string[] => {
    const found = lines[at++]?.match(pattern)?.[1];
    if (found === undefined) throw new Error(`line ${at}: ${pattern} expected: ${lines[at - 1]}`);
    return found === "none" ? [] : names(found);
  };
  nodes.set(name, {
    kind,
    topics: kind === "Processor" ? [] : names(list),
    stores: kind === "Processor" ? names(list) : [],
    successors: kind === "Sink" ? [] : edges(NEXT),
    predecessors: kind === "Source" ? [] : edges(PREVIOUS),
  });
  return at;
}
