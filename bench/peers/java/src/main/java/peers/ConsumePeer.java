package peers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** ConsumePeer broker topic…: reads all that is committed in them, and does nothing with it. */
public final class ConsumePeer {
    public static void main(String[] args) {
        Properties settings = new Properties();
        settings.putAll(Map.of(
            "bootstrap.servers", args[0],
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "max.partition.fetch.bytes", 4 << 20,
            "fetch.max.bytes", 64 << 20,
            "max.poll.records", 4000,
            "receive.buffer.bytes", 4 << 20));
        long rows = 0, bytes = 0;
        long startedMs = System.currentTimeMillis();
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 1; i < args.length; i++) {
                for (PartitionInfo of : consumer.partitionsFor(args[i])) all.add(new TopicPartition(of.topic(), of.partition()));
            }
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            List<TopicPartition> open = new ArrayList<>(all);
            while (!open.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    // An end marker is no row.
                    if (record.value() == null) continue;
                    rows++;
                    bytes += record.value().length;
                }
                open.removeIf(at -> consumer.position(at) >= ends.get(at));
            }
        }
        long endedMs = System.currentTimeMillis();
        System.out.println("{\"at\":\"started\",\"ms\":" + startedMs + "}");
        System.out.println("{\"at\":\"ended\",\"ms\":" + endedMs + ",\"rows\":" + rows + ",\"bytes\":" + bytes + "}");
    }
}
