import type { Log } from "./ports.ts";

/** What may be done to a log while nobody runs the application which it serves. */
export interface LogAdmin {
  /** Who is in a group, in words; empty when nobody is, or there is no such group. */
  members(group: string): Promise<readonly string[]>;
  /** Forgets a group and its positions. An unknown one is no error. */
  deleteGroup(group: string): Promise<void>;
  /** Deletes topics with all that is in them. A missing one is no error. */
  deleteTopics(names: readonly string[]): Promise<void>;
  /** Gives a topic so many partitions, unless it has as many. What is in it stays where it is. */
  addPartitions(topic: string, partitions: number): Promise<void>;
}

export type AdministeredLog = Log & LogAdmin;
