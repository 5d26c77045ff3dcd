"""The peer of bench/delta-rs-ours.ts: appends the commits of a folder with delta-rs.

delta-rs.py FOLDER TABLE COMPRESSION WARM   prints what all but the first
WARM commits took, as JSON; where the store is S3, the environment says how it is reached
"""

import json
import os
import sys
import time

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake

folder, uri, compression, warm = sys.argv[1:]
options = {name: value for name, value in os.environ.items() if name.startswith("AWS_")} or None
writer = None if compression == "default" else WriterProperties(compression=compression)


def commit_of(values):
    """The rows of a commit, with the partition's column."""
    table = pa.concat_tables([pa.ipc.open_stream(value).read_all() for value in values])
    dates = table.column("slice").cast(pa.date32())
    return table.append_column(pa.field("slice_date", pa.date32()), dates)


def records(content):
    """A file is values of records, each after its length in 4 bytes."""
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at:at + 4], "little")
        yield pa.py_buffer(content[at + 4:at + 4 + length])
        at += 4 + length


def values_of(name):
    with open(f"{folder}/{name}", "rb") as file:
        return list(records(file.read()))


commits = [values_of(name) for name in sorted(os.listdir(folder))]
schema = commit_of(commits[0]).schema
DeltaTable.create(uri, schema, partition_by=["slice_date"], storage_options=options)
# As long-running writers do: one table object, which follows its own commits.
table = DeltaTable(uri, storage_options=options)
for n, values in enumerate(commits):
    if n == int(warm):
        started, cpu = time.perf_counter(), time.process_time()
    write_deltalake(table, commit_of(values), mode="append", writer_properties=writer)
seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
sizes = pa.table(table.get_add_actions(flatten=True)).column("size_bytes").to_pylist()
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "bytes": sum(sizes)}))
sys.stdout.flush()
# At once: now and then the library's threads abort the interpreter as it winds up.
os._exit(0)
