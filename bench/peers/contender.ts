import type { KafkaLog } from "../../src/sources/kafka/kafka-log.ts";
import type { Answer } from "./answer.ts";
import type { Load } from "./load.ts";

/** A broker of this bench's own, with the load in its topics. */
export interface Broker {
  readonly address: string;
  readonly pid: number;
  readonly log: KafkaLog;
  readonly partitions: number;
}

/** What a run is given. */
export interface Run {
  readonly load: Load;
  /** Of the oracle. */
  readonly answer: Answer;
  /** Empty; it is deleted afterwards. */
  readonly folder: string;
  readonly broker: Broker | null;
  /** To be called with the process to be measured as soon as it is there. */
  watch(pid: number): void;
}

export interface Finished {
  /** When the work began and ended, milliseconds since the epoch. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** What it has written. */
  readonly answer: Answer;
}

/** Somebody who does the join, or a part of it. */
export interface Contender {
  readonly name: string;
  /** For the report: what it does. */
  readonly title: string;
  readonly onKafka: boolean;
  /** Installs what is missing. @throws ConfigError when that cannot be done here. */
  prepare(): Promise<void>;
  /** @throws when it fails: it has no number then. */
  run(run: Run): Promise<Finished>;
}
