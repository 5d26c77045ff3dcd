import type { Log, TransactionalProducer } from "../../src/runtime/ports.ts";
import { InterceptedLog } from "../../src/testing/intercepted-log.ts";

const RAW: ReadonlySet<string> = new Set(["gdelt.events", "gdelt.mentions", "gdelt.gkg"]);

/** A log whose raw topics are filled as by another partitioner: each row is one partition too far. */
export class MisplacingLog extends InterceptedLog {
  private readonly partitionCount: number;

  constructor(log: Log, partitions: number) {
    super(log, (_, work) => work());
    this.partitionCount = partitions;
  }

  override async producer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await super.producer(transactionalId);
    return {
      ...producer,
      send: (records) => {
        if (!RAW.has(records.topic)) return producer.send(records);
        const partition = (records.partition + 1) % this.partitionCount;
        return producer.send({ ...records, partition });
      },
    };
  }
}
