import type { Compression } from "../../../../src/sources/kafka/records/compression.ts";
import { encodeBatch } from "../../../../src/sources/kafka/records/encode-batch.ts";
import { type Layout, type PlainRecords, toRecords } from "../../log-records.ts";

/** A batch as the broker gives it back: it has written the offset, which no checksum covers. */
export async function stored(
  records: PlainRecords,
  baseOffset: number,
  options: { compression?: Compression; producerId?: number; layout?: Layout } = {},
): Promise<Buffer> {
  const { compression = "none", producerId = 7, layout = "lines" } = options;
  const sent = toRecords("t", 0, records, layout);
  const producer = { producerId, producerEpoch: 3, baseSequence: 40, isTransactional: true };
  const batch = Buffer.from(await encodeBatch(sent, 0, sent.length, compression, producer));
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}
