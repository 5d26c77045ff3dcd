import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export const run = promisify(execFile);

const START_MS_MAX = 120_000;
const STOP_MS_MAX = 60_000;
const POLL_MS = 250;
/** All nodes hang on it. There is one swarm at a time on a machine. */
export const BRIDGE = "gsswarm0";
export const NET = "10.86.0";

/**
 * Becomes the daemon of a node, in namespaces of its own. The tree of cgroups is hidden by the `/sys` of a new network, and is
 * bound back; the sockets of containerd and of networks have fixed places, which each node needs for itself. What a
 * daemon that was killed has left there would stop the next. Nobody answers questions for names at the bridge, and says so at
 * once: a name that is not known is not waited for.
 */
const NODE = `
hostname "$1" && mount --make-rprivate / && mkdir -p "$2/cgroup" "$2/run"
mount --rbind /sys/fs/cgroup "$2/cgroup" && mount -t sysfs sysfs /sys && mount --rbind "$2/cgroup" /sys/fs/cgroup
for folder in /var/run/docker /run/containerd; do mkdir -p $folder && mount -t tmpfs none $folder; done
rm -rf "$2/run" "$2/pid"
exec dockerd --data-root "$2/data" --exec-root "$2/run" --pidfile "$2/pid" --host "unix://$2/docker.sock" \\
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/gs-$1" --dns ${NET}.254
`;

/** One node of a lab: a daemon in a network of its own, with a cable to the bridge. */
export class LabNode {
  readonly number: number;
  readonly folder: string;

  constructor(number: number, labFolder: string) {
    this.number = number;
    this.folder = path.join(labFolder, String(number));
  }

  get name(): string {
    return `node-${this.number}`;
  }

  get address(): string {
    return `${NET}.${this.number}`;
  }

  get host(): string {
    return `unix://${this.folder}/docker.sock`;
  }

  /** Puts up its network. */
  async wire(): Promise<void> {
    const name = this.#space;
    const inside = ["-n", name];
    await run("ip", ["netns", "add", name]);
    const cable = ["type", "veth", "peer", "name", "eth0", "netns", name];
    await run("ip", ["link", "add", this.#cable, ...cable]);
    await run("ip", ["link", "set", this.#cable, "master", BRIDGE, "up"]);
    await run("ip", [...inside, "addr", "add", `${this.address}/24`, "dev", "eth0"]);
    await run("ip", [...inside, "link", "set", "lo", "up"]);
    await run("ip", [...inside, "link", "set", "eth0", "up"]);
    await run("ip", [...inside, "route", "add", "default", "via", `${NET}.254`]);
    mkdirSync(this.folder, { recursive: true });
  }

  /** Starts its daemon, which outlives this process. @throws Error when it does not answer in time */
  async start(): Promise<void> {
    const log = openSync(path.join(this.folder, "log"), "a");
    const spaces = [`--net=/run/netns/${this.#space}`, "unshare", "--mount", "--uts", "--"];
    spawn("nsenter", [...spaces, "sh", "-ec", NODE, "sh", this.name, this.folder], {
      stdio: ["ignore", log, log],
      detached: true,
    }).unref();
    await until(`${this.name} starts`, START_MS_MAX, () => succeeds(this.docker("info")));
  }

  async docker(...args: string[]): Promise<string> {
    const options = { maxBuffer: 64 << 20 };
    return (await run("docker", ["--host", this.host, ...args], options)).stdout.trim();
  }

  /** Takes its cable out. */
  async cut(): Promise<void> {
    await run("ip", ["link", "set", this.#cable, "down"]);
  }

  async heal(): Promise<void> {
    await run("ip", ["link", "set", this.#cable, "up"]);
  }

  /** A loss of power: `kill -9` of the daemon, all that it has started, and its containers. */
  crash(): void {
    const daemon = this.#daemon;
    const space = daemon === null ? null : spaceOf(daemon);
    if (space === spaceOf(process.pid)) throw new Error(`${this.name} is in no space of its own`);
    for (const pid of processes()) {
      const isIts = space !== null && spaceOf(pid) === space;
      if (isIts || groupsOf(pid).includes(`/gs-${this.name}/`)) kill(pid, "SIGKILL");
    }
  }

  /** Asks its daemon to end its containers, and itself; then takes its network down. */
  async remove(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon !== null) kill(daemon, "SIGTERM");
    await until(`${this.name} stops`, STOP_MS_MAX, async () => this.#daemon === null).catch(
      () => {},
    );
    this.crash();
    if (existsSync(`/run/netns/${this.#space}`)) await run("ip", ["netns", "del", this.#space]);
  }

  get #space(): string {
    return `gs-${this.number}`;
  }

  get #cable(): string {
    return `gsv${this.number}`;
  }

  /** Its process, if it runs. */
  get #daemon(): number | null {
    const file = path.join(this.folder, "pid");
    const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : Number.NaN;
    const isIt = pid > 0 && textOf(`/proc/${pid}/comm`).startsWith("dockerd");
    return isIt && textOf(`/proc/${pid}/cmdline`).includes(this.folder) ? pid : null;
  }
}

const processes = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
const groupsOf = (pid: number): string => textOf(`/proc/${pid}/cgroup`);

function spaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return null;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

export const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** @throws Error when it is not so in time */
export async function until(
  what: string,
  msMax: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + msMax;
  while (!(await isSo())) {
    if (performance.now() >= endMs) throw new Error(`${what}: not within ${msMax / 1000} s`);
    await sleep(POLL_MS);
  }
}
