import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { access, chown, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../../src/record/errors.ts";
import { aptInstall } from "./apt.ts";
import type { Place, ServerCommand, Service, Software } from "./service.ts";

const run = promisify(execFile);

const software: Software = {
  name: "postgres",
  effort: "Debian's package postgresql, a minute, as root",
  isQuick: () => false,
  isInstalled: async () => (await programs()) !== null,
  install: () => aptInstall(["postgresql"]),
};

/**
 * One Postgres for tests: whoever is on this machine may do everything (`trust`), from elsewhere
 * nobody comes in. It runs as `postgres` or `nobody` when we are root, since it refuses to run as root.
 */
export const postgres: Service = {
  software,
  portCount: 1,
  startMsMax: 60_000,
  // SIGTERM would wait for the clients to leave.
  stopSignal: "SIGINT",
  prepare,
  isReady: async ([port]) => {
    try {
      await run(await postgresProgram("pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]);
      return true;
    } catch {
      return false;
    }
  },
  endpoint: ([port]) => `postgres://postgres@127.0.0.1:${port}/postgres`,
};

async function prepare({ data, ports, fsync }: Place): Promise<ServerCommand[]> {
  const user = await unprivilegedUser();
  if ((await readdir(data)).length === 0) {
    const folder = path.join(data, "cluster");
    await mkdir(folder, { mode: 0o700 });
    if (user) await chown(folder, user.uid, user.gid);
    const layout = ["-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
    const options = [...layout, "--no-sync"];
    // In a folder that this user may enter, unlike our own.
    await run(await postgresProgram("initdb"), options, { cwd: folder, ...user });
  }
  const settings = {
    port: ports[0],
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: fsync ? "on" : "off",
    full_page_writes: fsync ? "on" : "off",
    synchronous_commit: fsync ? "on" : "off",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return [
    {
      file: await postgresProgram("postgres"),
      args: ["-D", path.join(data, "cluster"), ...args],
      ...(user && { user }),
    },
  ];
}

/** The path of one of its programs. @throws ConfigError when it is not installed. */
export async function postgresProgram(name: string): Promise<string> {
  const folder = await programs();
  if (folder === null) throw new ConfigError(`Postgres is not installed: ${software.effort}`);
  return path.join(folder, name);
}

/** The folder of its programs, of the newest version; Debian has the server's not in the path. */
async function programs(): Promise<string | null> {
  const folders = globSync("/usr/lib/postgresql/*/bin").sort((a, b) => versionOf(b) - versionOf(a));
  try {
    const { stdout } = await run("pg_config", ["--bindir"]);
    folders.push(stdout.trim());
  } catch {
    // Then it is in one of the other places, or not here.
  }
  for (const folder of folders) {
    try {
      for (const name of ["initdb", "postgres", "psql", "pg_isready"]) {
        await access(path.join(folder, name));
      }
      return folder;
    } catch {
      // The client without the server, for one.
    }
  }
  return null;
}

const versionOf = (folder: string): number => Number(path.basename(path.dirname(folder)));

/** Whom to run as; undefined when we are not root, and run as ourselves. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such user.
    }
  }
  throw new ConfigError("Postgres refuses to run as root, and there is no user postgres or nobody");
}
