import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { plain, toRecords } from "./log-records.ts";

/** Commits one row after the other, and tells its parent how many, until it is killed. */
const log = await openEmbeddedLog({ folder: process.argv[2]!, segmentBytes: 3000 });
await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
const producer = await log.producer("p");
for (let i = 1; ; i++) {
  await producer.send(toRecords("t", 0, plain(`${i}`)));
  await producer.sendOffsets("g", [{ topic: "t", partition: 0, offset: i, metadata: "" }]);
  await producer.commit();
  process.send!(i);
}
