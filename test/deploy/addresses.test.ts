import assert from "node:assert/strict";
import { test } from "node:test";
import { addressesOf } from "../../src/deploy/addresses.ts";
import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import type { SwarmNode } from "../../src/deploy/swarm-node.ts";
import type { SwarmTask } from "../../src/deploy/swarm-task.ts";
import { projectStack } from "./project-stack.ts";

test("people find what is published at the node that has it now, by its paths", () => {
  const { stack } = projectStack();
  const task = (NodeID: string, State: string) => ({ ServiceID: "p", NodeID, Status: { State } });
  const there = {
    services: [{ ID: "p", Spec: { Name: "gdelt_proxy" } }] as DeployedService[],
    tasks: [task("n1", "shutdown"), task("n2", "running")] as SwarmTask[],
    nodes: [
      { ID: "n1", Status: { Addr: "10.0.0.1" } },
      { ID: "n2", Status: { Addr: "10.0.0.2" } },
    ] as SwarmNode[],
  };
  assert.deepEqual(addressesOf(stack, "gdelt", there), [
    "inspector: https://10.0.0.2/",
    "grafana: https://10.0.0.2/grafana/",
  ]);
  assert.deepEqual(addressesOf(stack, "gdelt", { ...there, tasks: [] }), []);
});
