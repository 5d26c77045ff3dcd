import { isDeepStrictEqual } from "node:util";
import { LAKE_TABLES } from "../../../src/app/lake.ts";
import { MART_TABLES } from "../../../src/app/mart-tables.ts";
import { partitionName } from "../../../src/record/record-batch.ts";
import type { Log } from "../../../src/runtime/ports.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../../src/silver/silver-topology.ts";
import { openPgDatabase } from "../../../src/sinks/postgres/pg-database.ts";
import { lakeContents, martContents } from "../../app/table-contents.ts";
import { psql } from "../../services/own-database.ts";
import type { Comparison } from "../evidence.ts";

/** The tables that both have, by the mart's name. */
const IN_LAKE: Readonly<Record<string, string>> = {
  "silver.events": "silver/events",
  "silver.mentions": "silver/mentions",
  "ops.lifecycle": "audit/lifecycle",
  "ops.dead_letter": "dead_letter",
};
const POSITIONS = `select sink || ' ' || topic || '-' || "partition" || ' ' || next_offset
  from ops.sink_offsets where next_offset is not null`;
const EXAMPLES = 3;

const { subTopologies } = silverTopology({ ...SILVER_DEFAULTS, bronze: false });
const nodes = subTopologies.flatMap((sub) => sub.nodes);
const martNodes = nodes.filter(({ name, kind }) => kind === "table" && name.endsWith("-mart"));

/** A database of its own for a run, which replicas keep the mart in. */
export class ChaosMart {
  readonly url: string;
  readonly #server: string;
  readonly #name: string;

  private constructor(server: string, name: string) {
    this.#server = server;
    this.#name = name;
    const url = new URL(server);
    url.pathname = `/${name}`;
    this.url = url.href;
  }

  /** `server`: the address of any database of one who may make others. */
  static async create(server: string, name: string): Promise<ChaosMart> {
    await psql(server, `create database "${name}"`);
    return new ChaosMart(server, name);
  }

  /** One that is there, and stays. */
  static at(server: string): ChaosMart {
    return new ChaosMart(server, new URL(server).pathname.slice(1));
  }

  async drop(): Promise<void> {
    await psql(this.#server, `drop database if exists "${this.#name}" with (force)`);
  }

  /** Whether it holds all that is in its topics. */
  async isAtEnd(log: Log): Promise<boolean> {
    const lines = (await psql(this.url, POSITIONS)).split("\n").map((line) => line.split(" "));
    const positions = new Map(lines.map(([sink, at, next]) => [`${sink} ${at}`, Number(next)]));
    for (const node of martNodes) {
      if (!("topic" in node)) continue;
      const { name, topic } = node;
      for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
        const at = { topic, partition };
        const { end } = await log.bounds(at);
        if ((positions.get(`${name} ${partitionName(at)}`) ?? 0) < end) return false;
      }
    }
    return true;
  }

  /** The newest rows, column for column, against those of the lake's tables below a folder. */
  async compareWith(lake: string): Promise<Comparison> {
    const database = openPgDatabase(this.url);
    const differences: string[] = [];
    try {
      for (const { table } of MART_TABLES) {
        const folder = IN_LAKE[table.name];
        if (!LAKE_TABLES.some((one) => one.folder === folder)) continue;
        const expected = await lakeContents(lake, folder!, table);
        const found = await martContents(database, table);
        for (const key of new Set([...expected.keys(), ...found.keys()])) {
          const [wanted, has] = [expected.get(key), found.get(key)];
          if (isDeepStrictEqual(wanted, has)) continue;
          differences.push(`${table.name} ${key}: expected ${wanted}, found ${has}`);
        }
      }
    } finally {
      await database.close();
    }
    return {
      what: "mart",
      equal: differences.length === 0,
      differences: differences.slice(0, EXAMPLES),
    };
  }
}
