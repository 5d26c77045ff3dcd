"""Writes Silver tables in an order of its own: {"from": lake, "to": lake, "seed": n, "batches": n, "batch": n}
appends one batch of a lake's rows, all revisions, each in a batch that has nothing to do with its slice
or revision; "batches": 0 writes the current rows alone, in one commit. Some events are alone on their
date, and have a later generation, in which they took place elsewhere and on another one."""

import json
import sys

import duckdb
from deltalake import DeltaTable, write_deltalake

of = json.load(sys.stdin)
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
KEYS = {"events": "global_event_id", "mentions": "mention_key"}
AMENDED = f"hash(global_event_id, {of['seed']}) % 10 = 0"
written = {}

for name, key in KEYS.items():
    source = DeltaTable(f"{of['from']}/silver/{name}").to_pyarrow_dataset()  # noqa: F841 (a view of con)
    rows = "(from source)"
    if name == "events":
        rows = f"""(
            select * replace (if({AMENDED}, date '2000-01-01' + (global_event_id % 3000)::int, event_date) as event_date)
            from source
            union all
            select * replace (2 as generation, date '2010-01-01' + (global_event_id % 3000)::int as event_date,
                'FR' as action_geo_country_code)
            from source where revision = 1 and {AMENDED})"""
    if of["batches"] == 0:
        chosen = f"""select * from {rows}
            qualify row_number() over (partition by {key} order by generation desc, revision desc) = 1"""
    else:
        last = of["batches"] - 1
        any_batch = f"hash({key}, generation, revision, {of['seed']}) % {of['batches']}"
        # The last batch is of the first day alone: what is compared with it changes, and its own rows do not.
        batch = f"if(slice_date > (select min(slice_date) from source), {any_batch} % {last}, {any_batch})"
        chosen = f"select * from {rows} where {batch} = {of['batch']}"
    table = con.sql(chosen).to_arrow_table()
    write_deltalake(f"{of['to']}/silver/{name}", table, mode="append", partition_by=["slice_date"])
    written[name] = table.num_rows

print(json.dumps(written))
