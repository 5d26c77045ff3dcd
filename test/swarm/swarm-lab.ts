import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 30_000;
const POLL_MS = 250;
const BRIDGE = "gsswarm0";
const NET = "10.86.0";
/** Port 1 refuses at once: a swarm tries to pull first, and takes what is loaded when it cannot. */
export const LAB_IMAGE = "127.0.0.1:1/lab/busybox:1";

/**
 * Becomes the daemon of a node, in namespaces of its own. The tree of cgroups is hidden by the `/sys` of a new network, and is
 * bound back; the sockets of containerd and of networks have fixed places, which each node needs for itself.
 */
const NODE = `
hostname "$1" && mount --make-rprivate / && mkdir -p "$2/cgroup" "$2/run"
mount --rbind /sys/fs/cgroup "$2/cgroup" && mount -t sysfs sysfs /sys && mount --rbind "$2/cgroup" /sys/fs/cgroup
for folder in /var/run/docker /run/containerd; do mkdir -p $folder && mount -t tmpfs none $folder; done
exec dockerd --data-root "$2/data" --exec-root "$2/run" --pidfile "$2/pid" --host "unix://$2/docker.sock" \\
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/gs-$1"
`;

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

/** A real swarm on this machine: each node a daemon of its own, all of them on one bridge. Node 1 is the manager. */
export class SwarmLab {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "gs-swarm-"));
  readonly #daemons: ChildProcess[] = [];

  /** @throws Error when a node does not start; what is there then is stopped */
  static async up(nodes: number): Promise<SwarmLab> {
    const lab = new SwarmLab();
    try {
      await run("ip", ["link", "add", BRIDGE, "type", "bridge"]);
      await run("ip", ["addr", "add", `${NET}.254/24`, "dev", BRIDGE]);
      await run("ip", ["link", "set", BRIDGE, "up"]);
      for (let node = 1; node <= nodes; node++) await lab.#startNode(node);
      await lab.#join(nodes);
      await lab.#loadImage(nodes);
      return lab;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  host(node: number): string {
    return `unix://${this.#folder}/${node}/docker.sock`;
  }

  async docker(node: number, ...args: string[]): Promise<string> {
    return (await run("docker", ["--host", this.host(node), ...args])).stdout.trim();
  }

  async #startNode(node: number): Promise<void> {
    const name = `gs-${node}`;
    const inside = ["-n", name];
    await run("ip", ["netns", "add", name]);
    const cable = ["type", "veth", "peer", "name", "eth0", "netns", name];
    await run("ip", ["link", "add", `gsv${node}`, ...cable]);
    await run("ip", ["link", "set", `gsv${node}`, "master", BRIDGE, "up"]);
    await run("ip", [...inside, "addr", "add", `${NET}.${node}/24`, "dev", "eth0"]);
    await run("ip", [...inside, "link", "set", "lo", "up"]);
    await run("ip", [...inside, "link", "set", "eth0", "up"]);
    await run("ip", [...inside, "route", "add", "default", "via", `${NET}.254`]);
    const folder = path.join(this.#folder, String(node));
    mkdirSync(folder);
    const log = openSync(path.join(folder, "log"), "a");
    const spaces = [`--net=/run/netns/${name}`, "unshare", "--mount", "--uts", "--"];
    const daemon = spawn("nsenter", [...spaces, "sh", "-ec", NODE, "sh", `node-${node}`, folder], {
      stdio: ["ignore", log, log],
    });
    this.#daemons.push(daemon);
    await until(`node ${node} starts`, START_MS_MAX, () =>
      this.docker(node, "info").then(
        () => true,
        () => false,
      ),
    );
  }

  async #join(nodes: number): Promise<void> {
    const at = (node: number) => {
      const address = `${NET}.${node}`;
      return ["--advertise-addr", address, "--data-path-addr", address];
    };
    await this.docker(1, "swarm", "init", ...at(1), "--listen-addr", `${NET}.1:2377`);
    const token = await this.docker(1, "swarm", "join-token", "--quiet", "worker");
    for (let node = 2; node <= nodes; node++) {
      await this.docker(node, "swarm", "join", "--token", token, ...at(node), `${NET}.1:2377`);
      await this.docker(1, "node", "update", "--label-add", "gdelt.role=worker", `node-${node}`);
    }
  }

  /** One of busybox alone, given to each node: there is no registry. */
  async #loadImage(nodes: number): Promise<void> {
    const root = path.join(this.#folder, "image");
    mkdirSync(path.join(root, "bin"), { recursive: true });
    await copyFile("/bin/busybox", path.join(root, "bin/busybox"));
    for (const name of ["sh", "sleep", "test", "echo"])
      symlinkSync("busybox", path.join(root, "bin", name));
    const tar = path.join(this.#folder, "image.tar");
    await run("tar", ["-C", root, "-cf", tar, "."]);
    await this.docker(1, "import", tar, LAB_IMAGE);
    await this.docker(1, "save", "--output", tar, LAB_IMAGE);
    for (let node = 2; node <= nodes; node++) await this.docker(node, "load", "--input", tar);
  }

  /** Stops everything, and leaves nothing behind. */
  async down(): Promise<void> {
    for (let node = this.#daemons.length; node >= 1; node--) {
      await this.docker(node, "swarm", "leave", "--force").catch(() => {});
    }
    for (const daemon of this.#daemons) daemon.kill("SIGTERM");
    const hasEnded = (daemon: ChildProcess) =>
      daemon.exitCode !== null || daemon.signalCode !== null;
    await until("the nodes stop", STOP_MS_MAX, async () => this.#daemons.every(hasEnded)).catch(
      () => {
        for (const daemon of this.#daemons) daemon.kill("SIGKILL");
      },
    );
    for (let node = 1; node <= this.#daemons.length; node++) {
      if (existsSync(`/run/netns/gs-${node}`)) await run("ip", ["netns", "del", `gs-${node}`]);
    }
    await run("ip", ["link", "del", BRIDGE]).catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** @throws Error when it is not so in time */
export async function until(
  what: string,
  msMax: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (let waitedMs = 0; !(await isSo()); waitedMs += POLL_MS) {
    if (waitedMs >= msMax) throw new Error(`${what}: not within ${msMax / 1000} s`);
    await sleep(POLL_MS);
  }
}
