import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ALERTMANAGER } from "../../../scripts/services/alertmanager.ts";
import { kafkaProgram } from "../../../scripts/services/kafka-software.ts";
import { minio } from "../../../scripts/services/minio.ts";
import { postgresProgram } from "../../../scripts/services/postgres.ts";
import { prometheusProgram } from "../../../scripts/services/prometheus.ts";
import { run } from "../lab-node.ts";
import { LAB_REGISTRY, type SwarmLab } from "../swarm-lab.ts";
import { fillImageRoot, type ImageContents } from "./image-root.ts";

const root = path.join(import.meta.dirname, "../../..");
const beside = (name: string) => path.join(import.meta.dirname, name);

/** Versions of the application: the same program under other names, and one that ends at once. */
export const VERSIONS = ["1", "2", "broken"] as const;
export const appImage = (version: (typeof VERSIONS)[number]) => `${LAB_REGISTRY}/app:${version}`;

interface LabImage {
  readonly name: string;
  /** Numbers of the nodes that run it. */
  readonly nodes: readonly number[];
  readonly contents: ImageContents;
  /** As of `docker import`. */
  readonly changes: readonly string[];
}

/** The variables that name all images, for the stack. */
export const IMAGE_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  ["KAFKA", "MINIO", "POSTGRES", "PROMETHEUS", "ALERTMANAGER", "PROXY"].map((name) => [
    `IMAGE_${name}`,
    `${LAB_REGISTRY}/${name.toLowerCase()}:1`,
  ]),
);

const WORKERS = [2, 3, 4, 5, 6, 7];
const PATH = "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/** Makes the images of the stack of programs that are installed here, and gives each to the nodes that need it. */
export async function loadLabImages(lab: SwarmLab): Promise<void> {
  for (const { name, nodes, contents, changes } of [...(await servers()), await application()]) {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gs-image-"));
    try {
      await fillImageRoot(folder, contents);
      await lab.load(`${LAB_REGISTRY}/${name}:1`, folder, nodes, changes);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  for (const { docker } of [...WORKERS, 8, 1].map((number) => ({
    docker: (...args: string[]) => lab.node(number).docker(...args),
  }))) {
    await addVersion(docker, "2", "ENV LAB_VERSION=2");
    await addVersion(docker, "broken", 'ENTRYPOINT ["/bin/sh", "-c", "exit 3"]');
  }
}

async function addVersion(
  docker: (...args: string[]) => Promise<string>,
  version: (typeof VERSIONS)[number],
  change: string,
): Promise<void> {
  const container = await docker("create", appImage("1"));
  await docker("commit", "--change", change, container, appImage(version));
  await docker("rm", container);
}

async function application(): Promise<LabImage> {
  await run("npm", ["run", "build"], { cwd: root });
  const { stdout } = await run("npm", ["ls", "--omit=dev", "--all", "--parseable"], { cwd: root });
  const modules = stdout.trim().split("\n").slice(1);
  const parts = ["bin", "dist", "contracts", "migrations", "package.json", "CHANGELOG.md"];
  // One that lies in another comes with it.
  const own = modules.filter((at) => !modules.some((other) => at.startsWith(`${other}/`)));
  return {
    name: "app",
    nodes: [1, ...WORKERS, 8],
    contents: {
      placed: {
        "/usr/local/bin/node": process.execPath,
        ...Object.fromEntries(
          [...parts.map((part) => path.join(root, part)), ...own].map((from) => [
            path.join("/app", path.relative(root, from)),
            from,
          ]),
        ),
      },
      own: { "/var/lib/gdelt-streams": 1000 },
    },
    changes: [
      PATH,
      "ENV NODE_ENV=production NODE_DISABLE_COMPILE_CACHE=1",
      "WORKDIR /app",
      'ENTRYPOINT ["node", "/app/bin/gdelt-streams.js"]',
      'CMD ["--help"]',
    ],
  };
}

async function servers(): Promise<LabImage[]> {
  const java = path.dirname(
    path.dirname(realpathSync((await run("which", ["java"])).stdout.trim())),
  );
  const jars = path.dirname(kafkaProgram(1, "").find((word) => word.endsWith("/*"))!);
  const place = { data: os.tmpdir(), ports: [0], fsync: false };
  const minioProgram = (await minio.prepare(place))[0]!.file;
  const postgres = path.dirname(await postgresProgram("postgres"));
  const shared = postgres.replace("/usr/lib/", "/usr/share/").replace(/\/bin$/, "");
  const found = async (name: string) => (await run("which", [name])).stdout.trim();
  return [
    {
      name: "kafka",
      nodes: [2, 3, 4],
      contents: {
        kept: [java],
        placed: { "/opt/kafka/libs": jars, "/start.sh": beside("start-kafka.sh") },
        own: { "/var/lib/kafka/data": 1000 },
      },
      changes: [`ENV PATH=${java}/bin:/usr/bin:/bin`, 'ENTRYPOINT ["/start.sh"]'],
    },
    {
      name: "minio",
      nodes: [4, 5, 6, 7],
      contents: { placed: { "/usr/bin/minio": minioProgram }, own: { "/data": 1000 } },
      changes: [PATH, "ENV MINIO_UPDATE=off", 'ENTRYPOINT ["/usr/bin/minio"]'],
    },
    {
      name: "postgres",
      nodes: WORKERS,
      contents: {
        kept: [path.dirname(postgres), shared, "/usr/share/zoneinfo"],
        placed: { "/start.sh": beside("start-postgres.sh") },
        own: { "/var/lib/postgresql/data": 999 },
      },
      changes: [`ENV PATH=${postgres}:/usr/bin:/bin`, 'ENTRYPOINT ["/start.sh"]'],
    },
    {
      name: "prometheus",
      nodes: [8],
      contents: {
        placed: { "/bin/prometheus": await found(prometheusProgram("prometheus")) },
        own: { "/prometheus": 65_534 },
      },
      changes: [PATH, 'ENTRYPOINT ["/bin/prometheus"]'],
    },
    {
      name: "alertmanager",
      nodes: [8],
      contents: {
        kept: ["/usr/share/prometheus/alertmanager"],
        placed: { "/bin/alertmanager": await found(ALERTMANAGER) },
        own: { "/alertmanager": 65_534 },
      },
      changes: [PATH, 'ENTRYPOINT ["/bin/alertmanager"]'],
    },
    {
      name: "proxy",
      nodes: [1],
      contents: {
        kept: ["/usr/sbin/nginx"],
        own: { "/var/log/nginx": 101, "/var/lib/nginx": 101, "/etc/nginx": 101 },
      },
      changes: [PATH, `ENTRYPOINT ["/usr/sbin/nginx", "-g", "daemon off;"]`],
    },
  ];
}
