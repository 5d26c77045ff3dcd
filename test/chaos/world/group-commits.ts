import { partitionName } from "../../../src/record/record-batch.ts";
import { WireReader } from "../../../src/sources/kafka/wire/request.ts";
import type { Outcome, PartitionContents } from "./partition-contents.ts";

/** Positions which a group has committed together, in the order of its log. */
export interface GroupCommit {
  readonly producerId: number;
  readonly epoch: number;
  readonly outcome: Outcome;
  readonly timeMs: number;
  /** By the name of the partition. */
  readonly positions: ReadonlyMap<string, { readonly offset: number; readonly metadata: string }>;
}

/**
 * All that was ever committed for a group, from Kafka's own topic of positions: what is in between
 * two looks at them is here too.
 */
export function groupCommits(contents: readonly PartitionContents[], group: string): GroupCommit[] {
  const commits = new Map<string, GroupCommit & { readonly positions: Map<string, Position> }>();
  for (const { partition, batches } of contents) {
    for (const { producerId, epoch, transaction, outcome, timeMs, records } of batches) {
      const id = `${partition} ${producerId} ${transaction}`;
      for (const { key, value } of records) {
        const found = key && value && positionOf(key, value, group);
        if (!found) continue;
        const commit = commits.get(id) ?? {
          ...{ producerId, epoch, outcome, timeMs },
          positions: new Map(),
        };
        commits.set(id, commit);
        commit.positions.set(found.name, found.position);
      }
    }
  }
  return [...commits.values()];
}

interface Position {
  readonly offset: number;
  readonly metadata: string;
}

/** Versions of the key: of positions 0 and 1, of the group's members 2. */
const POSITION_KEY_MAX = 1;
/** Of the value: from 3 on with the leader's epoch, from 4 on with lengths of variable size. */
const WITH_LEADER_EPOCH = 3;
const FLEXIBLE = 4;

function positionOf(
  key: Buffer,
  value: Buffer,
  group: string,
): { name: string; position: Position } | null {
  if (key.readInt16BE(0) > POSITION_KEY_MAX) return null;
  const groupEnd = 4 + key.readInt16BE(2);
  if (key.toString("utf8", 4, groupEnd) !== group) return null;
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd);
  const topic = key.toString("utf8", groupEnd + 2, topicEnd);
  const name = partitionName({ topic, partition: key.readInt32BE(topicEnd) });
  const answer = new WireReader(value);
  const version = answer.int16();
  if (version > FLEXIBLE) throw new Error(`positions of version ${version} are not known`);
  const offset = answer.int64();
  if (version >= WITH_LEADER_EPOCH) answer.int32();
  const metadata = version === FLEXIBLE ? answer.compactString() : answer.string();
  return { name, position: { offset, metadata } };
}
