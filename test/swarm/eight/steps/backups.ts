import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { run } from "../../lab-node.ts";
import { LAB_REGISTRY } from "../../swarm-lab.ts";
import { quiet } from "../swarm-evidence.ts";
import type { Step } from "./step.ts";

const root = path.join(import.meta.dirname, "../../../..");
const SLICES = 2;
/** What holds data has these; the image of each is only where it runs. */
const WIPE = "rm -rf /data/..?* /data/.[!.]* /data/*";

/** The procedure of docs/operations.md, with the loss in between that it is for. */
export const backsUp: Step = {
  name: "backup",
  says: "volumes of one moment are saved, lost, and restored: all goes on as if nothing had been",
  run: async ({ world, note }) => {
    assert.notEqual((await quiet(world)).lagZeroS, null);
    await world.close();
    const folder = path.join(world.folder, "backup");
    mkdirSync(folder, { recursive: true });
    const backup = async (...args: string[]) => {
      const env = {
        ...process.env,
        DOCKER_HOST: world.lab.manager.host,
        IMAGE: `${LAB_REGISTRY}/app:1`,
      };
      const startMs = performance.now();
      await run(path.join(root, "deploy/backup"), args, { env });
      note(`${args[0]}S`, Math.round((performance.now() - startMs) / 1000));
    };
    await backup("stop");
    await backup("save", folder);
    for (const { node, volume } of await volumesOf(world.lab)) {
      await world.lab
        .node(node)
        .docker(
          ...["run", "--rm", "--user", "0:0", "--volume", `${volume}:/data`],
          ...["--entrypoint", "sh", `${LAB_REGISTRY}/app:1`, "-c", WIPE],
        );
    }
    await backup("restore", folder);
    await backup("start");
    await world.replicasRun(6);
    await world.load.publish(SLICES, 0);
    rmSync(folder, { recursive: true });
  },
};

async function volumesOf(lab: {
  readonly nodes: readonly {
    readonly number: number;
    docker(...args: string[]): Promise<string>;
  }[];
}) {
  const found = await Promise.all(
    lab.nodes.map(async (node) => {
      const names = await node.docker("volume", "ls", "--quiet");
      return names
        .split("\n")
        .filter((name) => /^gdelt_(kafka|minio|postgres)/.test(name))
        .map((volume) => ({ node: node.number, volume }));
    }),
  );
  return found.flat();
}
