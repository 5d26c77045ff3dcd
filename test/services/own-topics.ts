export interface OwnTopics {
  /** `host:port` */
  readonly brokers: readonly string[];
  /** What the names of topics, groups and transactional ids begin with. */
  readonly prefix: string;
}

/** Kafka needs nothing to be made for it: who keeps to his prefix meets nobody. */
export const ownTopics = async (endpoint: string, own: string): Promise<OwnTopics> => ({
  brokers: endpoint.split(","),
  prefix: `${own}.`,
});
