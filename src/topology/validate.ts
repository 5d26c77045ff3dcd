import { TopologyError } from "../record/errors.ts";
import type {
  DeadLetterTopic,
  Node,
  ProcessorNode,
  SinkNode,
  SourceNode,
  StoreSpec,
  TableNode,
} from "./topology.ts";

/** What is checked: a topology whose nodes are wired, not yet split. */
interface Description {
  readonly nodes: readonly Node[];
  readonly stores: readonly StoreSpec[];
  readonly repartitionTopics: readonly string[];
  readonly deadLetters: DeadLetterTopic | null;
}

/** One thing an author can get wrong: what is wrong and what to do, or undefined. */
type Rule = (description: Description) => string | undefined;

/** In this order: what a rule takes for granted stands before it. */
const RULES: readonly Rule[] = [
  hasNodes,
  namesAreLegal,
  nodeNamesDiffer,
  storeNamesDiffer,
  storesAreDeclared,
  storesAreUsed,
  storeSpecsMakeSense,
  inputsAreThere,
  outputsAreRead,
  repartitionTopicsArePrivate,
  sourceTopicsAreReadOnce,
  sinksDoNotFeedSources,
  deadLettersHaveTheirTopic,
  markersAreNamed,
  upstreamTasksAreOurs,
  watermarksMakeSense,
  keysAreRepartitioned,
];

/** Throws a `TopologyError` for the first rule that is broken. */
export function validate(
  nodes: readonly Node[],
  stores: readonly StoreSpec[],
  repartitionTopics: readonly string[],
  deadLetters: DeadLetterTopic | null,
): void {
  for (const rule of RULES) {
    const broken = rule({ nodes, stores, repartitionTopics, deadLetters });
    if (broken !== undefined) throw new TopologyError(broken);
  }
}

const sourcesOf = ({ nodes }: Description): SourceNode[] =>
  nodes.filter((node): node is SourceNode => node.kind === "source");
const sinksOf = ({ nodes }: Description): SinkNode[] =>
  nodes.filter((node): node is SinkNode => node.kind === "sink");
const tablesOf = ({ nodes }: Description): TableNode[] =>
  nodes.filter((node): node is TableNode => node.kind === "table");
const processorsOf = ({ nodes }: Description): ProcessorNode[] =>
  nodes.filter((node): node is ProcessorNode => node.kind === "processor");

const firstRepeated = (names: readonly string[]): string | undefined =>
  names.find((name, i) => names.indexOf(name) !== i);

function hasNodes({ nodes }: Description): string | undefined {
  return nodes.length === 0 ? "the topology has no nodes: declare a source or a table" : undefined;
}

/** The names of Kafka topics; node and store names become parts of paths and of metrics. */
const LEGAL_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

function namesAreLegal({ nodes, stores, deadLetters }: Description): string | undefined {
  const named = [
    ...nodes.map((node) => ["node", node.name] as const),
    ...nodes.flatMap((node) => ("topic" in node ? [["topic", node.topic] as const] : [])),
    ...nodes.flatMap((node) =>
      node.kind === "processor"
        ? Object.entries(node.inputs).flatMap(([side, { output }]) => [
            ["input", side] as const,
            ["output", output] as const,
          ])
        : [],
    ),
    ...stores.map((store) => ["store", store.name] as const),
    ...(deadLetters === null ? [] : [["topic", deadLetters.topic] as const]),
  ];
  const bad = named.find(([, name]) => !LEGAL_NAME.test(name) || name === "." || name === "..");
  return (
    bad &&
    `${bad[0]} name "${bad[1].slice(0, 300)}" is not allowed: use 1 to 249 of the characters ` +
      'a-z A-Z 0-9 . _ - (and not "." or "..")'
  );
}

function nodeNamesDiffer(description: Description): string | undefined {
  // A table is described as a processor behind a source of its own.
  const implied = tablesOf(description).map((table) => `${table.name}-source`);
  const name = firstRepeated([...description.nodes.map((node) => node.name), ...implied]);
  return (
    name &&
    `two nodes are named "${name}" (repartition and table add -source and -sink to their names): ` +
      "rename one"
  );
}

function storeNamesDiffer({ stores }: Description): string | undefined {
  const name = firstRepeated(stores.map((store) => store.name));
  return name && `store "${name}" is declared twice: declare it once, or rename one`;
}

function storesAreDeclared(description: Description): string | undefined {
  const declared = new Set(description.stores.map((store) => store.name));
  for (const node of processorsOf(description)) {
    const missing = node.stores.find((store) => !declared.has(store));
    if (missing !== undefined) {
      return (
        `node "${node.name}" uses store "${missing}", which is not declared: declare it with ` +
        "store() of the builder, or drop the name"
      );
    }
    const twice = firstRepeated(node.stores);
    if (twice !== undefined) return `node "${node.name}" names store "${twice}" twice`;
  }
  return undefined;
}

function storesAreUsed(description: Description): string | undefined {
  const used = new Set(processorsOf(description).flatMap((node) => node.stores));
  const idle = description.stores.find((store) => !used.has(store.name));
  return (
    idle &&
    `store "${idle.name}" is used by no node: name it in the node that uses it, or remove it`
  );
}

function storeSpecsMakeSense({ stores }: Description): string | undefined {
  for (const store of stores) {
    if (store.kind !== "window") continue;
    const { name, segmentMs } = store;
    if (!(Number.isSafeInteger(segmentMs) && segmentMs > 0)) {
      return `store "${name}": segmentMs is ${segmentMs}, give it whole milliseconds above 0`;
    }
  }
  return undefined;
}

function inputsAreThere(description: Description): string | undefined {
  const node = processorsOf(description).find(({ inputs }) => Object.keys(inputs).length === 0);
  return node && `node "${node.name}" has no input: give its join at least one stream`;
}

function outputsAreRead({ nodes }: Description): string | undefined {
  const node = nodes.find(
    ({ kind, successors }) =>
      (kind === "source" || kind === "processor") && successors.length === 0,
  );
  return (
    node &&
    `nobody reads what ${node.kind} "${node.name}" emits: add a step or a sink after it, ` +
      "or remove it"
  );
}

function repartitionTopicsArePrivate(description: Description): string | undefined {
  for (const topic of description.repartitionTopics) {
    const users = description.nodes.filter((node) => "topic" in node && node.topic === topic);
    // One sink and one source, made by `repartition` itself.
    if (users.length === 2) continue;
    return (
      `topic "${topic}" belongs to a repartition, and more nodes use it than its own two ` +
      `(${users.map((node) => `"${node.name}"`).join(", ")}): its rows are deleted once they are ` +
      "processed. Give each repartition a topic of its own, and read or write another one"
    );
  }
  return undefined;
}

function sourceTopicsAreReadOnce(description: Description): string | undefined {
  const sources = sourcesOf(description);
  const topic = firstRepeated(sources.map((source) => source.topic));
  if (topic === undefined) return undefined;
  const names = sources.filter((s) => s.topic === topic).map((s) => `"${s.name}"`);
  return (
    `topic "${topic}" is read by the sources ${names.join(" and ")}: ` +
    "declare one source and use its stream twice"
  );
}

function sinksDoNotFeedSources(description: Description): string | undefined {
  for (const sink of sinksOf(description)) {
    if (sink.repartition) continue;
    const source = sourcesOf(description).find(({ topic }) => topic === sink.topic);
    if (source === undefined) continue;
    return (
      `sink "${sink.name}" writes topic "${sink.topic}", which source "${source.name}" reads: ` +
      "the topology would feed itself. Connect the two with repartition, or write another topic"
    );
  }
  return undefined;
}

function deadLettersHaveTheirTopic(description: Description): string | undefined {
  const topic = description.deadLetters?.topic;
  const user = [...sourcesOf(description), ...sinksOf(description)].find((n) => n.topic === topic);
  return (
    user &&
    `dead letters go to topic "${topic}", which ${user.kind} "${user.name}" uses too: ` +
      "give them a topic of their own (a table may read it)"
  );
}

function markersAreNamed(description: Description): string | undefined {
  for (const { name, completeness } of sourcesOf(description)) {
    const { markers } = completeness;
    if (typeof markers === "string") continue;
    if (markers.length === 0) {
      return (
        `source "${name}" waits for the end markers of no feed: name the feeds that write its ` +
        'topic, or say markers: "none"'
      );
    }
    const twice = firstRepeated(markers);
    if (twice !== undefined)
      return `source "${name}" names the feed "${twice}" twice in its markers`;
  }
  return undefined;
}

function upstreamTasksAreOurs(description: Description): string | undefined {
  const source = sourcesOf(description).find(
    ({ topic, completeness }) =>
      completeness.markers === "upstream-tasks" && !description.repartitionTopics.includes(topic),
  );
  return (
    source &&
    `source "${source.name}" waits for the markers of upstream tasks, but topic ` +
      `"${source.topic}" is not a repartition of this topology: name the feeds that write it, or ` +
      'say markers: "none"'
  );
}

function watermarksMakeSense(description: Description): string | undefined {
  for (const { name, completeness } of sourcesOf(description)) {
    if (completeness.markers !== "none") continue;
    const { sliceMs, graceMs, idleTimeoutMs } = completeness;
    if (!(Number.isSafeInteger(sliceMs) && sliceMs > 0)) {
      return `source "${name}": sliceMs is ${sliceMs}, give it whole milliseconds above 0`;
    }
    if (!(graceMs >= 0)) return `source "${name}": graceMs is ${graceMs}, give it 0 ms or more`;
    if (!(idleTimeoutMs > 0)) {
      return `source "${name}": idleTimeoutMs is ${idleTimeoutMs}, give it more than 0 ms`;
    }
  }
  return undefined;
}

/** A new key meets its like only after a repartition: before it, equal keys are in many tasks. */
function keysAreRepartitioned(description: Description): string | undefined {
  const byName = new Map(description.nodes.map((node) => [node.name, node]));
  for (const start of processorsOf(description)) {
    if (start.operator.keys !== "changes") continue;
    const seen = new Set<string>();
    const next = [...start.successors];
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      const node = byName.get(name)!;
      if (seen.has(name) || node.kind !== "processor") continue;
      seen.add(name);
      if (node.operator.keys === "groups") {
        return (
          `node "${name}" groups rows by key, but "${start.name}" has changed their keys: put a ` +
          "repartition between them, or rows of one key are spread over partitions"
        );
      }
      next.push(...node.successors);
    }
  }
  return undefined;
}
