#!/bin/sh
# What the image of Apache Kafka does when it starts: variables KAFKA_… become settings, the disk is laid out once.
set -eu
settings=/tmp/server.properties
env | sed -n 's/^KAFKA_\([A-Z_]*\)=/\1=/p' | grep -v '^HEAP_OPTS=' | while IFS= read -r line; do
    echo "$(echo "${line%%=*}" | tr 'A-Z_' 'a-z.')=${line#*=}"
done >$settings
kafka() { # heap, then the class and its arguments; the heap is several words
    heap=$1
    shift
    # shellcheck disable=SC2086
    exec java $heap -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "/opt/kafka/libs/*" "$@"
}
(kafka -Xmx96m kafka.tools.StorageTool format --ignore-formatted -t "$CLUSTER_ID" -c $settings)
kafka "$KAFKA_HEAP_OPTS" kafka.Kafka $settings
