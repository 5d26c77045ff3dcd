import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar } from "yaml";
import { ConfigError } from "../../record/errors.ts";
import type { GivenValue } from "./given-value.ts";

/**
 * The values of a YAML file: `a.b: 1`, or `a: { b: 1 }`, which is the same. A key without a value
 * is not set. What the file has wrong is told through `complain`, and left out.
 * @throws ConfigError when it is no YAML.
 */
export function readConfigFile(
  file: string,
  yaml: string,
  complain: (problem: string) => void,
): GivenValue[] {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error !== undefined) {
    throw new ConfigError(`${at(error.pos[0])}: ${error.message}`, { cause: error });
  }
  const values: GivenValue[] = [];
  const walk = (node: Node | null, prefix: string, origin: string): void => {
    if (isMap<Scalar, Node | null>(node)) {
      for (const { key, value } of node.items) {
        const keyAt = at(key.range![0]);
        walk(value, prefix === "" ? String(key.value) : `${prefix}.${key.value}`, keyAt);
      }
    } else if (prefix === "" && node !== null && !isEmpty(node)) {
      complain(`${file} holds no options: write a line \`name: value\` for each`);
    } else if (isSeq<Node>(node) && node.items.every((item) => isScalar(item))) {
      const text = node.items.map((item) => textOf(item as Scalar)).join(",");
      values.push({ name: prefix, text, origin });
    } else if (isScalar(node)) {
      if (!isEmpty(node)) values.push({ name: prefix, text: textOf(node), origin });
    } else if (node !== null) {
      complain(`${origin}: ${prefix} takes a value, or a list of values`);
    }
  };
  walk(document.contents, "", file);
  return values;
}

const isEmpty = (node: Node): boolean => isScalar(node) && node.value === null;

/** As it was written: `010` is not 8, nor 10. */
const textOf = ({ value, source }: Scalar): string =>
  typeof value === "string" ? value : (source ?? String(value));
