import { type Request, WireWriter } from "./request.ts";

/** Where a broker is. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ClusterMetadata {
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  /** A broker that takes requests for the controller. */
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

export interface TopicMetadata {
  readonly name: string;
  /** Of Kafka's table; 0 is success. */
  readonly errorCode: number;
  /** The leader of each partition, -1 while it has none. */
  readonly leaders: readonly number[];
}

/** Metadata, version 6: the brokers, and who leads the partitions of `topics`. Creates nothing. */
export function metadataRequest(topics: readonly string[]): Request<ClusterMetadata> {
  const body = new WireWriter();
  body.list(topics, (topic) => body.string(topic)).int8(0);
  return {
    name: "Metadata",
    key: 3,
    version: 6,
    isFlexible: false,
    body: [body.bytes()],
    waitMs: 0,
    read: (answer) => {
      answer.int32(); // Throttled.
      const brokers = answer.list((): [number, BrokerAddress] => {
        const id = answer.int32();
        const address = { host: answer.string(), port: answer.int32() };
        answer.string(); // Rack.
        return [id, address];
      });
      answer.string(); // Id of the cluster.
      const controllerId = answer.int32();
      const found = answer.list((): TopicMetadata => {
        const errorCode = answer.int16();
        const name = answer.string();
        answer.int8(); // Internal or not.
        const leaders: number[] = [];
        answer.list(() => {
          answer.int16(); // Error: there is no leader then.
          const partition = answer.int32();
          leaders[partition] = answer.int32();
          for (let lists = 3; lists > 0; lists--) answer.list(() => answer.int32());
        });
        return { name, errorCode, leaders };
      });
      return { brokers: new Map(brokers), controllerId, topics: found };
    },
  };
}
