import { TaskMigratedError } from "../../record/errors.ts";
import type { TopicPartition } from "../../record/record-batch.ts";
import type { Transaction } from "./database.ts";

export interface SinkIdentity {
  /** The application and the log it reads: positions of another log mean nothing here. */
  readonly application: string;
  readonly generation: number;
  /** The sink's name in the topology. */
  readonly sink: string;
  readonly source: TopicPartition;
}

const TAKE = `
  insert into ops.sink_offsets as o
    (application, generation, sink, topic, "partition", next_offset, epoch)
  values ($1, $2, $3, $4, $5, null, 1)
  on conflict (application, generation, sink, topic, "partition")
  do update set epoch = o.epoch + 1
  returning next_offset, epoch`;

const OURS = `application = $1 and generation = $2 and sink = $3 and topic = $4 and "partition" = $5`;

const ADVANCE = `
  update ops.sink_offsets set next_offset = $6
  where ${OURS} and epoch = $7 and next_offset is not distinct from $8::bigint`;

const LOOK = `select next_offset, epoch from ops.sink_offsets where ${OURS}`;

/**
 * The position of a sink in the database: a row of `ops.sink_offsets`. Whoever takes it raises the
 * epoch; whoever has an older one moves it no more.
 */
export class SinkPosition {
  /** For messages. */
  readonly name: string;
  private readonly key: readonly (string | number)[];
  private epoch = 0;

  constructor({ application, generation, sink, source }: SinkIdentity) {
    this.key = [application, generation, sink, source.topic, source.partition];
    this.name = `${application}/${generation}/${sink}/${source.topic}-${source.partition}`;
  }

  /** Takes it over from whoever had it, once a transaction of theirs has ended. The next offset. */
  async take(tx: Transaction): Promise<number | null> {
    const { rows } = await tx.query(TAKE, this.key);
    const [next, epoch] = rows[0]!;
    this.epoch = Number(epoch);
    return next === null ? null : Number(next!);
  }

  /** @throws TaskMigratedError when it is somebody else's by now; roll back. */
  async advance(tx: Transaction, from: number | null, to: number): Promise<void> {
    const { count } = await tx.query(ADVANCE, [...this.key, to, this.epoch, from]);
    if (count === 1) return;
    const { rows } = await tx.query(LOOK, this.key);
    const [next, epoch] = rows[0] ?? [];
    throw new TaskMigratedError(
      `${this.name}: another owner has it (epoch ${epoch}, at ${next}; ours was ${this.epoch}, ` +
        `at ${from}); nothing was written`,
    );
  }
}
