"""The join of the three feeds with Spark Structured Streaming, from Kafka into a Delta table: what is
in the topics is drained in a few large micro-batches, events first as in the Kafka Streams peer.
spark.py '{"broker": …, "folder": …, "jars": […], "rows": {"events": …, "mentions": …, "gkg": …}}'"""

import json
import math
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

options = json.loads(sys.argv[1])
BATCHES = 6
SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "6g",
    # Not spark.jars: the local file system below is one of them, and is there before those are fetched.
    "spark.driver.extraClassPath": ":".join(options["jars"]),
    "spark.sql.shuffle.partitions": 6,
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.streaming.stateStore.providerClass":
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.ui.enabled": "false",
    # A local file costs two processes (chmod, readlink) otherwise, and a commit of Delta fifty tasks:
    # on a cluster neither matters, here both would only be a handicap.
    "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
    "spark.sql.streaming.checkpointFileManagerClass":
        "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager",
    "spark.databricks.delta.snapshotPartitions": 2,
    "spark.local.dir": f"{options['folder']}/local",
}

EVENT = {"event_id": 0, "event_day": 1, "actor1_name": 6, "actor1_country": 7, "actor2_name": 16,
         "actor2_country": 17, "event_code": 26, "goldstein": 30, "num_mentions": 31, "place": 53,
         "latitude": 56, "longitude": 57, "date_added": 59, "source_url": 60}
MENTION = {"global_event_id": 0, "event_time": 1, "mention_time": 2, "mention_type": 3,
           "source_name": 4, "mention_identifier": 5, "confidence": 11, "doc_tone": 13}
GKG = {"gkg_record_id": 0, "gkg_time": 1, "document": 4, "themes": 8, "persons": 12,
       "organizations": 14, "gkg_tone": 15}


def feed(spark, name, columns, time_column):
    """Only the named columns survive the parse: only they are shuffled, and kept as state."""
    rows = (spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", options["broker"])
            .option("subscribe", f"peers.{name}")
            .option("startingOffsets", "earliest")
            .option("maxOffsetsPerTrigger", math.ceil(options["rows"][name] / BATCHES) + 18)
            .option("kafka.max.partition.fetch.bytes", 8 << 20)
            .option("kafka.fetch.max.bytes", 64 << 20)
            .option("kafka.max.poll.records", 4000)
            .load())
    # The last field is split off by itself: what follows it, as GCAM in GKG, stays one string.
    limit = -1 if name != "gkg" else max(columns.values()) + 2
    fields = rows.select(F.split(F.col("value").cast("string"), "\t", limit).alias("f"))
    stamp = F.to_timestamp(F.col("f")[columns[time_column]], "yyyyMMddHHmmss")
    named = [F.col("f")[at].alias(column) for column, at in columns.items()]
    return fields.select(stamp.alias(f"{name}_at"), *named).withWatermark(f"{name}_at", "24 hours")


def plain(frame, column):
    """Spark takes one watermark in each side of a join: this one has done its work."""
    return frame.drop(column)


def silver(spark):
    events = feed(spark, "events", EVENT, "date_added")
    mentions = feed(spark, "mentions", MENTION, "mention_time").where("mention_type = '1'")
    documents = feed(spark, "gkg", GKG, "gkg_time").withColumn(
        "gkg_tone", F.split_part("gkg_tone", F.lit(","), F.lit(1)))
    near = "{0} between {1} - interval 24 hours and {1} + interval 24 hours"
    of_event = ("global_event_id = event_id and event_time = date_added and "
                + near.format("events_at", "mentions_at"))
    of_document = ("mention_identifier = document and mention_time = gkg_time and "
                   + near.format("gkg_at", "mentions_at"))
    joined = plain(mentions.join(events, F.expr(of_event)), "events_at")
    return plain(joined.join(documents, F.expr(of_document)), "gkg_at")


def main():
    builder = SparkSession.builder
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    folder = options["folder"]
    frame = silver(spark)
    started = time.time()
    query = (frame.writeStream.format("delta").outputMode("append")
             .option("checkpointLocation", f"{folder}/checkpoint")
             .trigger(availableNow=True).start(f"{folder}/silver"))
    query.awaitTermination()
    ended = time.time()
    print(json.dumps({"at": "started", "ms": round(started * 1000)}))
    print(json.dumps({"at": "ended", "ms": round(ended * 1000)}), flush=True)
    spark.stop()


main()
