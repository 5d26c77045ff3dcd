/** Numbers of requests in Kafka's protocol. */
export const KIND = {
  produce: 0,
  offsetFetch: 9,
  joinGroup: 11,
  syncGroup: 14,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const;
