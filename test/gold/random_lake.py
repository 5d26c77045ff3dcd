"""Writes Silver tables in an order of its own: {"from": lake, "to": lake, "seed": n, "batches": n, "batch": n}
appends one batch of a lake's rows, all revisions, each in a batch that has nothing to do with its slice
or revision; "batches": 0 writes the current rows alone, in one commit. Some events have a later
generation too, in which they took place elsewhere and on another day."""

import json
import sys

import duckdb
from deltalake import DeltaTable, write_deltalake

of = json.load(sys.stdin)
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
KEYS = {"events": "global_event_id", "mentions": "mention_key"}
written = {}

for name, key in KEYS.items():
    source = DeltaTable(f"{of['from']}/silver/{name}").to_pyarrow_dataset()  # noqa: F841 (a view of con)
    amended = ""
    if name == "events":
        amended = f"""
            union all
            select * replace (2 as generation, (event_date - 3)::date as event_date, 'FR' as action_geo_country_code)
            from source where revision = 1 and hash(global_event_id, {of['seed']}) % 20 = 0"""
    rows = f"(select * from source {amended})"
    if of["batches"] == 0:
        chosen = f"""select * from {rows}
            qualify row_number() over (partition by {key} order by generation desc, revision desc) = 1"""
    else:
        chosen = f"""select * from {rows}
            where hash({key}, generation, revision, {of['seed']}) % {of['batches']} = {of['batch']}"""
    table = con.sql(chosen).to_arrow_table()
    write_deltalake(f"{of['to']}/silver/{name}", table, mode="append", partition_by=["slice_date"])
    written[name] = table.num_rows

print(json.dumps(written))
