import type { Node, StoreSpec, SubTopology } from "./topology.ts";

/** Nodes connected by edges or by a shared store are one sub-topology; numbered in order of declaration. */
export function splitSubTopologies(
  nodes: readonly Node[],
  stores: readonly StoreSpec[],
): SubTopology[] {
  const group = new Map(nodes.map((node, i) => [node.name, i]));
  const join = (a: string, b: string) => {
    const [from, to] = [group.get(a)!, group.get(b)!].sort((x, y) => x - y) as [number, number];
    for (const [name, id] of group) if (id === to) group.set(name, from);
  };
  for (const node of nodes) for (const next of node.successors) join(node.name, next);
  for (const store of stores) {
    const users = nodes.filter((n) => n.kind === "processor" && n.stores.includes(store.name));
    for (const user of users.slice(1)) join(users[0]!.name, user.name);
  }
  const ids = [...new Set(nodes.map((node) => group.get(node.name)!))].sort((a, b) => a - b);
  return ids.map((id, index) => {
    const members = nodes.filter((node) => group.get(node.name) === id);
    const used = new Set(members.flatMap((n) => (n.kind === "processor" ? n.stores : [])));
    return {
      id: index,
      // In order of declaration, which is upstream first: a stream exists before what follows it.
      nodes: members,
      stores: stores.filter((store) => used.has(store.name)),
    };
  });
}
