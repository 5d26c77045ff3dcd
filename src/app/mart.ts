import { fileURLToPath } from "node:url";
import type { Clock } from "../record/clock.ts";
import type { RecordSink } from "../runtime/ports.ts";
import type { Database } from "../sinks/postgres/database.ts";
import { migrate } from "../sinks/postgres/migrations.ts";
import { dropOldDays } from "../sinks/postgres/old-days.ts";
import { openPgDatabase } from "../sinks/postgres/pg-database.ts";
import { PostgresSink } from "../sinks/postgres/postgres-sink.ts";
import { EmbeddedMart, type MartPlace } from "./mart-place.ts";
import { socketAddress } from "./mart-protocol.ts";
import { ask, type MartAnswer, type MartQuestion } from "./mart-question.ts";
import { type MartServer, serveMart } from "./mart-server.ts";
import { MART_DAYS, MART_TABLES } from "./mart-tables.ts";

/** Beside `src` and `dist` alike. */
export const MIGRATIONS = fileURLToPath(new URL("../../migrations/", import.meta.url));

export interface MartOptions {
  /** The application, and the log it reads. */
  readonly application: string;
  readonly generation: number;
  readonly clock: Clock;
}

/** The relational tables that the topology feeds. */
export class Mart {
  private readonly database: Database;
  private readonly server: MartServer | null;
  private readonly options: MartOptions;

  private constructor(database: Database, server: MartServer | null, options: MartOptions) {
    this.database = database;
    this.server = server;
    this.options = options;
  }

  /**
   * Opens it, and brings its tables up to date. The embedded one answers questions of other
   * processes too, since they cannot open it meanwhile.
   */
  static async open(place: MartPlace, dataFolder: string, options: MartOptions): Promise<Mart> {
    const embedded = place.kind === "pglite" ? new EmbeddedMart(dataFolder) : null;
    // Said before anything is made.
    if (embedded !== null) socketAddress(embedded.socket);
    const database = place.kind === "pglite" ? await embedded!.open() : openPgDatabase(place.url);
    try {
      await migrate(database, MIGRATIONS);
      const server = embedded && (await serveMart(database, embedded.socket));
      return new Mart(database, server, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** The sink of one partition of the topic that feeds a table; null: it is no table of the mart. */
  sink(node: string, topic: string, partition: number): RecordSink | null {
    const found = MART_TABLES.find((table) => table.node === node);
    if (found === undefined) return null;
    const { table, decode } = found;
    const { database, options } = this;
    const source = { topic, partition };
    return new PostgresSink({ ...options, database, sink: node, source, table, decode });
  }

  /** Whether it is in this process's care, and not a server that may be gone. */
  get isEmbedded(): boolean {
    return this.server !== null;
  }

  /** In a transaction that cannot write. @throws QuestionRefused */
  ask(question: MartQuestion): Promise<MartAnswer> {
    return ask(this.database, question);
  }

  /** Drops days that ended so long before the newest; their names. */
  dropOldDays(retentionMs: number): Promise<string[]> {
    return dropOldDays(this.database, MART_DAYS, retentionMs);
  }

  async close(): Promise<void> {
    await this.server?.close();
    await this.database.close();
  }
}
