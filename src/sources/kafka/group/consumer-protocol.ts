import { ConfigError } from "../../../record/errors.ts";
import type { Assignment, MemberInfo } from "../../../runtime/group.ts";
import { WireReader, WireWriter } from "../wire/request.ts";

/**
 * What members tell one another, in the form in which Kafka's own consumers do it, so that its
 * coordinator and its tools can read the topics: a version, the topics, and then bytes for us alone.
 */
const FRAME_VERSION = 0;
/** Of our bytes. One that older members cannot read needs a new `PROTOCOL` as well. */
const VERSION = 1;

/** The coordinator lets only those in who offer the same. */
export const PROTOCOL = `gdelt-streams-${VERSION}`;

/**
 * `round` differs whenever the tasks are to be shared out: the coordinator does so only if the
 * member that asks for it has something new to tell.
 */
export const encodeSubscription = (
  topics: readonly string[],
  info: MemberInfo,
  round: number,
): Uint8Array => {
  const writer = new WireWriter().int16(FRAME_VERSION);
  return writer
    .list(topics, (topic) => writer.string(topic))
    .blob(encode({ round, ...info }))
    .bytes();
};

/** @throws ConfigError when another version has written it. */
export function decodeSubscription(bytes: Uint8Array, memberId: string): MemberInfo {
  const reader = readerOf(bytes);
  reader.int16();
  reader.list(() => reader.string());
  const { process, topology, owned, local } = decode<MemberInfo>(reader.blob(), memberId);
  return { process, topology, owned, local };
}

/** Tasks are no partitions that a tool could show: none are named. */
export const encodeAssignment = ({ active, standby }: Assignment): Uint8Array =>
  new WireWriter().int16(FRAME_VERSION).int32(0).blob(encode({ active, standby })).bytes();

/** Nothing for a member that was given nothing. @throws ConfigError as above. */
export function decodeAssignment(bytes: Uint8Array, memberId: string): Assignment {
  if (bytes.length === 0) return { active: [], standby: [] };
  const reader = readerOf(bytes);
  reader.int16();
  reader.list(() => reader.string());
  const { active, standby } = decode<Assignment>(reader.blob(), memberId);
  return { active, standby };
}

const readerOf = ({ buffer, byteOffset, length }: Uint8Array): WireReader =>
  new WireReader(Buffer.from(buffer, byteOffset, length));

const encode = (content: object): Uint8Array =>
  Buffer.from(JSON.stringify({ version: VERSION, ...content }));

function decode<T>(bytes: Uint8Array, memberId: string): T {
  const { version, ...content } = JSON.parse(new TextDecoder().decode(bytes));
  if (version === VERSION) return content as T;
  throw new ConfigError(
    `member ${memberId} of the group speaks version ${version} of ${PROTOCOL}, not ${VERSION}: ` +
      "run the same program everywhere",
  );
}
