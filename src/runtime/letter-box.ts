import type { DeadLetter } from "../operators/operator.ts";
import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import type { SliceEnd } from "../record/slice-end.ts";
import type { DeadLetterTopic } from "../topology/topology.ts";
import type { Outbox } from "./outbox.ts";

/** Rows that operators of a task have refused, until they go into its outbox. */
export class LetterBox {
  private readonly to: DeadLetterTopic | null;
  private readonly partition: number;
  private letters: DeadLetter[] = [];

  /**
   * All sub-topologies write into the one topic, which may have fewer partitions than some of them
   * have tasks; 0: there is no topic.
   */
  constructor(to: DeadLetterTopic | null, task: number, partitions: number) {
    this.to = to;
    this.partition = partitions === 0 ? 0 : task % partitions;
  }

  add(letter: DeadLetter): void {
    this.letters.push(letter);
  }

  /** Puts what has come into the outbox; how many rows, by topic and what is wrong with them. */
  send(outbox: Outbox, clock: Clock): Readonly<Record<string, number>> {
    const { to, letters, partition } = this;
    if (letters.length === 0) return {};
    if (to === null) {
      const { reason, records, row } = letters[0]!;
      const at = `${partitionName(records)} offset ${records.firstOffset + row}`;
      throw new ConfigError(`a row was refused (${reason}, ${at}): give the topology dead letters`);
    }
    outbox.add(to.topic, { ...to.serialize(letters, clock), partition });
    this.letters = [];
    const counts: Record<string, number> = {};
    for (const { records, reason } of letters) {
      const name = `${records.topic}.${reason.replace(/:.*/s, "")}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  end(outbox: Outbox, end: Omit<SliceEnd, "rows">): void {
    const { to, partition } = this;
    if (to !== null) outbox.end({ topic: to.topic, partition }, end);
  }

  clear(): void {
    this.letters = [];
  }
}
