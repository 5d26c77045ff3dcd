import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { run } from "../lab-node.ts";

/** What busybox stands in for. */
const TOOLS =
  "sh ls cat env echo sleep nc wget true test grep sed tr kill ps mkdir chmod chown id head tail stat date df tar rm mv nslookup".split(
    " ",
  );
const USERS = [
  "root:x:0:0::/:/bin/sh",
  "nginx:x:101:101::/tmp:/bin/sh",
  "postgres:x:999:999::/tmp:/bin/sh",
  "app:x:1000:1000::/tmp:/bin/sh",
  "nobody:x:65534:65534::/tmp:/bin/sh",
];

export interface ImageContents {
  /** Files and folders of this machine that keep their place. */
  readonly kept?: readonly string[];
  /** Others, by where they are to be. */
  readonly placed?: Readonly<Record<string, string>>;
  /** Folders that their user may write to, as a new volume that is mounted there may be. */
  readonly own?: Readonly<Record<string, number>>;
}

/** Fills a folder, which becomes the root of an image, with programs of this machine and all that they load. */
export async function fillImageRoot(
  root: string,
  { kept = [], placed = {}, own = {} }: ImageContents,
) {
  for (const folder of ["bin", "etc", "tmp", "var/run"])
    mkdirSync(path.join(root, folder), { recursive: true });
  chmodSync(path.join(root, "tmp"), 0o1777);
  const all = { ...Object.fromEntries(kept.map((at) => [at, at])), ...placed };
  for (const [at, from] of Object.entries(all)) put(root, at, from);
  put(root, "/bin/busybox", "/bin/busybox");
  for (const tool of TOOLS) {
    if (!existsSync(path.join(root, "bin", tool)))
      symlinkSync("busybox", path.join(root, "bin", tool));
  }
  for (const library of await librariesOf(Object.values(all))) {
    if (!existsSync(path.join(root, library))) put(root, library, library);
  }
  writeFileSync(path.join(root, "etc/passwd"), `${USERS.join("\n")}\n`);
  writeFileSync(
    path.join(root, "etc/group"),
    USERS.map((user) => `${user.replace(/^(\w+:x):(\d+).*/, "$1:$2:")}\n`).join(""),
  );
  writeFileSync(path.join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
  for (const [folder, user] of Object.entries(own)) {
    mkdirSync(path.join(root, folder), { recursive: true });
    chownSync(path.join(root, folder), user, user);
  }
}

function put(root: string, at: string, from: string): void {
  mkdirSync(path.join(root, path.dirname(at)), { recursive: true });
  cpSync(from, path.join(root, at), {
    recursive: true,
    dereference: true,
    // Links that lead nowhere are left out.
    filter: (source) => existsSync(source),
  });
}

/** The shared objects that the loader would open for programs and libraries among these, and the loader itself. */
async function librariesOf(places: readonly string[]): Promise<ReadonlySet<string>> {
  const files = places.flatMap((place) => [
    place,
    ...globSync(["bin/*", "sbin/*", "lib/**/*.so*", "**/*.node", "**/libduckdb*"], {
      cwd: place,
    }).map((name) => path.join(place, name)),
  ]);
  const found = new Set<string>(await ofOldPrograms());
  for (const file of files) {
    const { stdout } = await run("ldd", [file]).catch(() => ({ stdout: "" }));
    for (const [, linked, plain] of stdout.matchAll(/=> (\/\S+)|^\s*(\/\S+) \(/gm)) {
      found.add(linked ?? plain!);
    }
  }
  return found;
}

/** Parts of the C library that have long been in one with it: what a program brings along may still ask for them. */
async function ofOldPrograms(): Promise<string[]> {
  const { stdout } = await run("ldconfig", ["-p"]);
  return ["libpthread.so.0", "libdl.so.2", "librt.so.1", "libm.so.6"].flatMap(
    (name) => new RegExp(`${name.replaceAll(".", "\\.")} .*=> (/\\S+)`).exec(stdout)?.[1] ?? [],
  );
}
