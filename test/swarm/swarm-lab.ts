import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { BRIDGE, LabNode, NET, run } from "./lab-node.ts";

/** Port 1 refuses at once: a swarm tries to pull first, and takes what is loaded when it cannot. */
export const LAB_REGISTRY = "127.0.0.1:1/lab";
export const LAB_IMAGE = `${LAB_REGISTRY}/busybox:1`;

/** Why no swarm can be had here; null: it can. */
export async function whyNoSwarm(): Promise<string | null> {
  if (process.getuid?.() !== 0) return "a swarm of its own takes root";
  for (const program of ["dockerd", "docker", "ip", "nsenter", "/bin/busybox"]) {
    const found = await run("sh", ["-c", `command -v ${program}`]).catch(() => null);
    if (found === null)
      return `a swarm of its own takes ${program}: docker.io, iproute2, busybox-static`;
  }
  const { stdout } = await run("docker", ["--version"]);
  const major = Number(/version (\d+)/.exec(stdout)?.[1] ?? 0);
  return major >= 25
    ? null
    : `a swarm of its own takes a docker CLI of 25 or newer, this is ${major}`;
}

/**
 * A real swarm on this machine: each node a daemon of its own, all of them on one bridge. Node 1 is the manager; of more than
 * two the last is for monitoring; the others are workers, numbered from 1. It lasts until it is taken down.
 */
export class SwarmLab {
  readonly folder: string;
  readonly nodes: readonly LabNode[];

  private constructor(folder: string, nodes: number) {
    this.folder = folder;
    this.nodes = Array.from({ length: nodes }, (_, i) => new LabNode(i + 1, folder));
  }

  /** @throws Error when a node does not start; what is there then is stopped */
  static async up(folder: string, nodes: number): Promise<SwarmLab> {
    const lab = new SwarmLab(folder, nodes);
    try {
      await run("ip", ["link", "add", BRIDGE, "type", "bridge"]);
      await run("ip", ["addr", "add", `${NET}.254/24`, "dev", BRIDGE]);
      await run("ip", ["link", "set", BRIDGE, "up"]);
      for (const node of lab.nodes) {
        await node.wire();
        await node.start();
      }
      await lab.#join();
      return lab;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** One that is up; null: there is none in this folder. */
  static at(folder: string): SwarmLab | null {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const nodes = names.filter((name) => /^\d+$/.test(name)).length;
    return nodes === 0 ? null : new SwarmLab(folder, nodes);
  }

  /** By its number. */
  node(number: number): LabNode {
    return this.nodes[number - 1]!;
  }

  get manager(): LabNode {
    return this.node(1);
  }

  async #join(): Promise<void> {
    const at = ({ address }: LabNode) => ["--advertise-addr", address, "--data-path-addr", address];
    const [manager, ...others] = this.nodes as [LabNode, ...LabNode[]];
    const gate = `${manager.address}:2377`;
    await manager.docker("swarm", "init", ...at(manager), "--listen-addr", gate);
    const token = await manager.docker("swarm", "join-token", "--quiet", "worker");
    for (const node of others) {
      await node.docker("swarm", "join", "--token", token, ...at(node), gate);
      const isLast = node.number === this.nodes.length && others.length > 1;
      const labels = isLast
        ? ["gdelt.role=monitoring"]
        : ["gdelt.role=worker", `gdelt.index=${node.number - 1}`];
      const adding = labels.flatMap((label) => ["--label-add", label]);
      await manager.docker("node", "update", ...adding, node.name);
    }
  }

  /** An image of a folder, given to some nodes: there is no registry. @param changes as of `docker import` */
  async load(image: string, root: string, nodes: readonly number[], changes: readonly string[]) {
    const tar = path.join(this.folder, "image.tar");
    await run("tar", ["-C", root, "-cf", tar, "."]);
    const how = changes.flatMap((change) => ["--change", change]);
    // Each node makes its own: nobody compares their ids.
    for (const number of nodes) await this.node(number).docker("import", ...how, tar, image);
    rmSync(tar);
  }

  /** One of busybox alone, on all nodes. */
  async loadBusybox(): Promise<void> {
    const root = path.join(this.folder, "image");
    mkdirSync(path.join(root, "bin"), { recursive: true });
    await copyFile("/bin/busybox", path.join(root, "bin/busybox"));
    for (const name of [
      "sh",
      "sleep",
      "test",
      "echo",
      "date",
      "df",
      "stat",
      "tail",
      "ls",
      "cat",
      "tar",
      "rm",
      "mv",
    ]) {
      symlinkSync("busybox", path.join(root, "bin", name));
    }
    await this.load(
      LAB_IMAGE,
      root,
      this.nodes.map(({ number }) => number),
      [],
    );
    rmSync(root, { recursive: true });
  }

  /** Stops everything, and leaves nothing behind. */
  async down(): Promise<void> {
    for (const node of this.nodes.toReversed()) {
      await node.docker("swarm", "leave", "--force").catch(() => {});
    }
    await Promise.all(this.nodes.map((node) => node.remove()));
    await run("ip", ["link", "del", BRIDGE]).catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }
}
