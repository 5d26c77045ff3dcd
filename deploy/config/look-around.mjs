// What a container sees of the node that it runs on, for `deploy doctor`, in a line of JSON: its clock, the disk that containers
// are kept on, and whose the volumes below /volumes/<service>/ are. Or, with the argument `connections`, who is
// connected to the mart.
import { readdirSync, readFileSync, statfsSync, statSync } from "node:fs";

const CONNECTIONS = `select coalesce(usename, 'nobody') as user, count(*)::int as connections,
    count(*) filter (where state = 'idle in transaction' and state_change < now() - interval '10 minutes')::int as forgotten
  from pg_stat_activity where backend_type = 'client backend' group by 1`;

const below = (folder) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const volumesOf = (service) =>
  below(`/volumes/${service}`).map((volume) => {
    const { uid, gid, mode } = statSync(`/volumes/${service}/${volume}`);
    return { service, volume, uid, gid, mode: mode & 0o7777 };
  });

const node = () => {
  const { bsize, blocks, bavail } = statfsSync("/");
  return {
    node: process.env.NODE,
    nowMs: Date.now(),
    disk: { bytes: bsize * blocks, freeBytes: bsize * bavail },
    volumes: below("/volumes").flatMap(volumesOf),
  };
};

const connections = async () => {
  const { default: pg } = await import("pg");
  const url = readFileSync(process.env.MART_URL_FILE, "utf8").trim();
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  const users = (await client.query(CONNECTIONS)).rows;
  const { max_connections: max } = (await client.query("show max_connections")).rows[0];
  await client.end();
  return { max: Number(max), users };
};

const seen = process.argv[2] === "connections" ? await connections() : node();
process.stdout.write(`${JSON.stringify(seen)}\n`);
