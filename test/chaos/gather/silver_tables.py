#!/usr/bin/env python3
"""Silver as it lies in Kafka and in Delta, read by pyarrow and delta-rs, held against each other.

Standard input is a JSON object: `out`, the folder of the tables, and `topics`, for each table the
file with the values of its topic, each after its length (uint32, big-endian). Prints, for each
table, what differs, what is there twice, how many rows there are, and a digest of the newest rows.
Shares no code with the pipeline.
"""

import json
import os
import struct
import sys

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

EXAMPLES = 3
VERSION = ["generation", "revision"]
KEYS = {
    "silver/events": ["global_event_id", *VERSION],
    "silver/mentions": ["mention_key", *VERSION],
    "audit/lifecycle": ["global_event_id", "state", "generation"],
    "dead_letter": ["topic", "partition", "offset"],
}
# Set by the table itself.
ONLY_IN_DELTA = {"slice_date", "silver_committed_at"}
# Of the run, not of the rows.
NOT_IN_DIGEST = {"generation", "revision", "completed_at", "silver_committed_at", "reached_at",
                 "seen_at", "topic", "partition", "offset"}


def values_in(path):
    with open(path, "rb") as file:
        while head := file.read(4):
            yield file.read(struct.unpack(">I", head)[0])


def topic_table(path, schema):
    """All rows of a topic, in the types that they have in Delta."""
    tables = [pa.ipc.open_stream(value).read_all() for value in values_in(path)]
    wanted = pa.schema([f for f in schema if f.name not in ONLY_IN_DELTA])
    return pa.concat_tables([t.select(wanted.names).cast(wanted) for t in tables] or
                            [wanted.empty_table()])


def named(columns):
    return ", ".join(f'"{name}"' for name in columns)


def compare(con, path, differences):
    names = con.execute("SELECT * FROM kafka LIMIT 0").description
    columns = named([name for name, *_ in names])
    for what, one, other in [("Delta lacks", "kafka", "delta"), ("Kafka lacks", "delta", "kafka")]:
        rows = con.execute(f"SELECT row({columns})::VARCHAR FROM (SELECT {columns} FROM {one}"
                           f" EXCEPT ALL SELECT {columns} FROM {other}) LIMIT {EXAMPLES}").fetchall()
        differences += [f"{path}: {what} {row[:300]}" for (row,) in rows]


def doubled(con, path, place):
    key = named(KEYS[path])
    return [{"where": f"{place} {path}", "key": key_of_row, "times": times} for key_of_row, times in
            con.execute(f"SELECT row({key})::VARCHAR, count(*) FROM {place} GROUP BY ALL"
                        f" HAVING count(*) > 1 LIMIT {EXAMPLES}").fetchall()]


def digest(con, path):
    """Of the newest rows, without what a run that is equal may differ in."""
    kept = named([name for name, *_ in con.execute("SELECT * FROM delta LIMIT 0").description
                  if name not in NOT_IN_DIGEST])
    newest = "" if path not in ("silver/events", "silver/mentions") else (
        f" QUALIFY row_number() OVER (PARTITION BY {named(KEYS[path][:1])}"
        " ORDER BY generation DESC, revision DESC) = 1")
    (found,) = con.execute(
        f"SELECT md5(coalesce(string_agg(line, chr(10) ORDER BY line), '')) FROM (SELECT"
        f" row({kept})::VARCHAR AS line FROM (SELECT * FROM delta{newest}))").fetchone()
    return found


def main():
    question = json.load(sys.stdin)
    answer = {"differences": [], "doubled": [], "rows": {}, "digests": {}}
    for path, file in question["topics"].items():
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        delta = DeltaTable(f"{question['out']}/{path}").to_pyarrow_table()
        kafka = topic_table(file, delta.schema)
        con.register("delta", delta)
        con.register("kafka", kafka)
        compare(con, path, answer["differences"])
        answer["doubled"] += [*doubled(con, path, "kafka"), *doubled(con, path, "delta")]
        answer["rows"][path] = {"topic": kafka.num_rows, "table": delta.num_rows}
        answer["digests"][path] = digest(con, path)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # Not sys.exit: now and then the readers' threads abort the interpreter as it winds up.
    os._exit(0)
