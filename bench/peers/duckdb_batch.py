"""The limit of a batch: DuckDB parses the files, joins them and writes Parquet, all at once.
duckdb_batch.py <folder of slices> <file to write>"""

import json
import sys
import time

import duckdb

slices, out = sys.argv[1:]
FIELDS = {"export.CSV": 61, "mentions.CSV": 16, "gkg.csv": 27}


def rows(suffix):
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(FIELDS[suffix]))
    return (f"read_csv('{slices}/*.{suffix}', delim='\\t', quote='', escape='', header=false,"
            f" auto_detect=false, null_padding=false, max_line_size=8388608, nullstr='\\N',"
            f" columns={{{columns}}})")


def stamp(column):
    return f"strptime({column}, '%Y%m%d%H%M%S')"


started = time.time()
con = duckdb.connect()
con.execute("SET threads = 2; SET preserve_insertion_order = false; SET memory_limit = '12GB'")
con.execute(f"""
COPY (
  SELECT
    m.c0 AS global_event_id, e.c1 AS event_day, e.c6 AS actor1_name, e.c7 AS actor1_country,
    e.c16 AS actor2_name, e.c17 AS actor2_country, e.c26 AS event_code,
    TRY_CAST(e.c30 AS DOUBLE) AS goldstein, TRY_CAST(e.c31 AS INTEGER) AS num_mentions,
    e.c53 AS place, TRY_CAST(e.c56 AS DOUBLE) AS latitude, TRY_CAST(e.c57 AS DOUBLE) AS longitude,
    {stamp('e.c59')} AS date_added, e.c60 AS source_url, {stamp('m.c2')} AS mention_time,
    m.c4 AS source_name, m.c5 AS mention_identifier, TRY_CAST(m.c11 AS INTEGER) AS confidence,
    TRY_CAST(m.c13 AS DOUBLE) AS doc_tone, g.c0 AS gkg_record_id, g.c8 AS themes, g.c12 AS persons,
    g.c14 AS organizations, TRY_CAST(split_part(g.c15, ',', 1) AS DOUBLE) AS gkg_tone
  FROM {rows('mentions.CSV')} m
  JOIN {rows('gkg.csv')} g ON m.c5 = g.c4 AND m.c2 = g.c1 AND m.c3 = '1'
  JOIN {rows('export.CSV')} e ON m.c0 = e.c0 AND m.c1 = e.c59
) TO '{out}' (FORMAT parquet, COMPRESSION zstd)
""")
ended = time.time()
print(json.dumps({"at": "started", "ms": round(started * 1000)}))
print(json.dumps({"at": "ended", "ms": round(ended * 1000)}))
