package peers;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.StreamJoined;

/**
 * StreamsPeer broker=… application=… guarantee=… state=… partitions=… threads=… rows=…
 *
 * <p>The join of the three feeds with Kafka Streams, by the better of its plans: events first, since
 * half of the mentions have none and only what is left has to carry the wide columns of a document.
 * Reads peers.events, peers.mentions (both by event) and peers.gkg (by document), writes peers.silver.
 * Says when it was started, and when the last of `rows` could be read.
 */
public final class StreamsPeer {
    private static final Serde<byte[]> BYTES = Serdes.ByteArray();
    /** Either side may be a day away, and tasks may be as far apart: nothing is late. */
    private static final JoinWindows DAY = JoinWindows.ofTimeDifferenceAndGrace(Duration.ofHours(24), Duration.ofHours(24));
    /** id, day, actors' names and countries, code, Goldstein scale, mentions, place, when added, address. */
    private static final int[] EVENT = {0, 1, 6, 7, 16, 17, 26, 30, 31, 53, 56, 57, 59, 60};
    /** id, time of the event, time, type, source, document, confidence, tone. */
    private static final int[] MENTION = {0, 1, 2, 3, 4, 5, 11, 13};
    /** id, time, document, themes, persons, organizations, tone. */
    private static final int[] GKG = {0, 1, 4, 8, 12, 14, 15};
    private static final int MENTION_EVENT_TIME = 1, MENTION_TIME = 2, MENTION_TYPE = 3, MENTION_DOCUMENT = 5;
    private static final int EVENT_ADDED = 12, GKG_TIME = 1;
    private static final long REST_MS = 3000, HANGS_MS = 180_000;

    private final Map<String, String> options = new HashMap<>();

    public static void main(String[] args) throws Exception {
        StreamsPeer peer = new StreamsPeer();
        for (String arg : args) {
            int at = arg.indexOf('=');
            peer.options.put(arg.substring(0, at), arg.substring(at + 1));
        }
        peer.run();
    }

    private void run() throws Exception {
        Properties settings = settings();
        StreamsBuilder builder = new StreamsBuilder();
        join(builder);
        KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
        streams.setUncaughtExceptionHandler(cause -> {
            cause.printStackTrace();
            Runtime.getRuntime().halt(1);
            return null;
        });
        long startedMs = System.currentTimeMillis();
        streams.start();
        long endedMs = untilAllIsRead(startedMs);
        System.out.println("{\"at\":\"started\",\"ms\":" + startedMs + "}");
        System.out.println("{\"at\":\"ended\",\"ms\":" + endedMs + "}");
        System.out.flush();
        streams.close(Duration.ofSeconds(30));
        Runtime.getRuntime().halt(0);
    }

    /**
     * When the last record of the output could be read. Ends of partitions count marks of transactions
     * too, so it is over when they are past the rows and nothing has come for a while.
     */
    private long untilAllIsRead(long startedMs) throws Exception {
        long rows = Long.parseLong(options.get("rows"));
        long seen = 0, lastMs = startedMs;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", options.get("broker")))) {
            for (;;) {
                Thread.sleep(50);
                long nowMs = System.currentTimeMillis(), now = ends(admin);
                if (now != seen) lastMs = nowMs;
                seen = now;
                if (seen >= rows && nowMs - lastMs > REST_MS) return lastMs;
                if (nowMs - lastMs > HANGS_MS) throw new IllegalStateException("nothing comes after " + seen + " of " + rows);
            }
        }
    }

    private long ends(Admin admin) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        int partitions = Integer.parseInt(options.get("partitions"));
        for (int p = 0; p < partitions; p++) asked.put(new TopicPartition("peers.silver", p), OffsetSpec.latest());
        var ends = admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all().get();
        return ends.values().stream().mapToLong(end -> end.offset()).sum();
    }

    private Properties settings() {
        boolean isExactlyOnce = options.get("guarantee").equals("exactly_once_v2");
        Properties all = new Properties();
        all.put(StreamsConfig.APPLICATION_ID_CONFIG, options.get("application"));
        all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.get("broker"));
        all.put(StreamsConfig.STATE_DIR_CONFIG, options.get("state"));
        all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.get("threads"));
        all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, options.get("guarantee"));
        // Their defaults are 100 ms and 30 s; a second is what ours has, and does better than 100 ms.
        all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, isExactlyOnce ? 1000 : 30_000);
        all.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        all.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        // The times of the rows are long past: the broker would delete a changelog as it is written.
        all.put(StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG, Duration.ofDays(36_500).toMillis());
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), 64 << 20);
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 4000);
        all.put(StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), 4 << 20);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 50);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128 << 20);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), 8 << 20);
        return all;
    }

    private void join(StreamsBuilder builder) {
        int partitions = Integer.parseInt(options.get("partitions"));
        KStream<byte[], byte[]> events = feed(builder, "events", 59).mapValues(row -> Row.fields(row, EVENT));
        KStream<byte[], byte[]> mentions = feed(builder, "mentions", 2)
            .filter((key, row) -> Row.is(row, MENTION_TYPE, '1'))
            .mapValues(row -> Row.fields(row, MENTION));
        KStream<byte[], byte[]> documents = feed(builder, "gkg", 1)
            .mapValues(row -> Row.cutLastAtComma(Row.fields(row, GKG)));
        mentions
            .join(events, StreamsPeer::withEvent, DAY, joined("events"))
            .filter((key, row) -> row != null)
            .selectKey((key, row) -> Row.field(row, MENTION_DOCUMENT))
            .repartition(Repartitioned.with(BYTES, BYTES).withName("by-document").withNumberOfPartitions(partitions))
            .join(documents, StreamsPeer::withDocument, DAY, joined("documents"))
            .filter((key, row) -> row != null)
            .to("peers.silver", Produced.with(BYTES, BYTES));
    }

    /** The event is the one which the mention means, added when that says. */
    private static byte[] withEvent(byte[] mention, byte[] event) {
        return Row.same(mention, MENTION_EVENT_TIME, event, EVENT_ADDED) ? Row.joined(mention, event) : null;
    }

    /** A document belongs to the mentions of its own slice. */
    private static byte[] withDocument(byte[] row, byte[] document) {
        return Row.same(row, MENTION_TIME, document, GKG_TIME) ? Row.joined(row, document) : null;
    }

    private static KStream<byte[], byte[]> feed(StreamsBuilder builder, String name, int timeField) {
        return builder.stream("peers." + name, Consumed.with(BYTES, BYTES)
            .withTimestampExtractor((record, before) -> Row.timeMs((byte[]) record.value(), timeField)));
    }

    private static StreamJoined<byte[], byte[], byte[]> joined(String name) {
        return StreamJoined.with(BYTES, BYTES, BYTES).withName(name).withStoreName(name);
    }
}
