#!/usr/bin/env python3
"""The Bronze tables, read by delta-rs, held against the slice files, which are read here.

`published.py <slices> <out>` compares every column of every row, and the bytes of every row, and
prints a JSON object: `equal`, the numbers of rows, and the first differences. Every file of the
folder has to have been published once. Shares no code with the pipeline.
"""

import json
import os
import re
import sys
import zipfile
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402
from deltalake import DeltaTable  # noqa: E402
from raw_rows import COLUMNS, FEED, lines_of  # noqa: E402

FILE = re.compile(r"^(\d{14})(\.translation)?\.(export\.CSV|mentions\.CSV|gkg\.csv)(\.zip)?$")
UTC = pa.timestamp("us", "UTC")
EXAMPLES = 5

NAMES = {
    "events": [name for _, (name, _) in sorted(COLUMNS["events"].items())],
    "mentions": [name for _, (name, _) in sorted(COLUMNS["mentions"].items())],
    "gkg": ["gkg_record_id", "date", "source_collection_identifier", "source_common_name",
            "document_identifier", "counts", "v2_counts", "themes", "v2_themes", "locations",
            "v2_locations", "persons", "v2_persons", "organizations", "v2_organizations",
            "v2_tone", "dates", "gcam", "sharing_image", "related_images", "social_image_embeds",
            "social_video_embeds", "quotations", "all_names", "amounts", "translation_info",
            "extras"],
}
ORIGIN = [("slice", UTC), ("feed", pa.string()), ("file", pa.string()), ("row", pa.int64())]
PLACE = [("partition", pa.int32()), ("offset", pa.int64())]


def schema_of(kind):
    """Names and types of the table's columns, in their order; the partition's comes last."""
    own = [(name, pa.string()) for name in NAMES[kind]]
    return pa.schema([*ORIGIN, *PLACE, *own, ("raw", pa.binary()), ("slice_date", pa.date32())])


def values_of(kind, line):
    """The columns of a published line, and its bytes where those do not give it back."""
    text = line.decode("utf-8", errors="replace")
    fields = text.split("\t")
    if len(fields) != len(NAMES[kind]):
        return [None] * len(NAMES[kind]), line
    return [field or None for field in fields], None if text.encode() == line else line


def published(slices):
    """(feed, slice, name of the file without .zip, lines), unpacked before zipped, each once."""
    found = {}
    for path in sorted(Path(slices).iterdir()):
        match = FILE.match(path.name)
        if match:
            stamp, translation, suffix, _ = match.groups()
            time = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
            name = path.name.removesuffix(".zip")
            found.setdefault(name, (FEED[suffix] + (translation or ""), time, name, path))
    return [(feed, time, name, rows_of(path)) for feed, time, name, path in found.values()]


def rows_of(path):
    """A zip that is none has no rows."""
    try:
        return lines_of(path)
    except zipfile.BadZipFile:
        return []


def expected_table(kind, files):
    rows = []
    for feed, time, name, lines in files:
        for row, line in enumerate(lines):
            columns, raw = values_of(kind, line)
            rows.append([time, feed, name, row, *columns, raw])
    fields = [f for f in schema_of(kind) if f.name not in ("partition", "offset", "slice_date")]
    columns = list(zip(*rows)) if rows else [[]] * len(fields)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, fields)]
    return pa.table(arrays, schema=pa.schema(fields))


def bytes_of(kind, table):
    """What the table gives back of each row: file, number, bytes."""
    columns = [table.column(name).to_pylist() for name in NAMES[kind]]
    rows = zip(table.column("file").to_pylist(), table.column("row").to_pylist(),
               table.column("raw").to_pylist(), zip(*columns))
    for file, row, raw, fields in rows:
        joined = "\t".join(field or "" for field in fields).encode()
        yield file, row, joined if raw is None else raw


def compare(kind, files, out, differences):
    location = f"{out}/bronze/{kind}"
    actual = DeltaTable(location).to_pyarrow_table()
    wanted = schema_of(kind)
    plain = [(f.name, str(f.type).replace("large_", "")) for f in actual.schema]
    if plain != [(f.name, str(f.type)) for f in wanted]:
        differences.append(f"{location} has the columns {plain}")
        return actual.num_rows
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.register("actual", actual)
    con.register("expected", expected_table(kind, files))
    con.execute("CREATE VIEW found AS SELECT * EXCLUDE (partition, \"offset\", slice_date)"
                " REPLACE (regexp_replace(file, '\\.zip$', '') AS file) FROM actual")
    for what, one, other in [("lacks", "expected", "found"), ("has", "found", "expected")]:
        rows = con.execute(f"SELECT feed, file, \"row\" FROM (FROM {one} EXCEPT ALL FROM {other})"
                           f" ORDER BY ALL LIMIT {EXAMPLES}").fetchall()
        differences += [f"{location} {what} {row}, or with other values" for row in rows]
    doubled = con.execute("SELECT partition, \"offset\", count(*) FROM actual GROUP BY ALL"
                          f" HAVING count(*) > 1 LIMIT {EXAMPLES}").fetchall()
    differences += [f"{location} has (partition, offset, times) {row}" for row in doubled]
    (wrong,) = con.execute("SELECT count(*) FROM actual"
                           " WHERE slice_date IS DISTINCT FROM CAST(slice AS DATE)").fetchone()
    differences += [f"{location} has {wrong} rows in the partition of another day"] if wrong else []
    lines = Counter((name, row, line) for _, _, name, lines in files
                    for row, line in enumerate(lines))
    lines.subtract((file.removesuffix(".zip"), row, line) for file, row, line in
                   bytes_of(kind, actual))
    differences += [f"{location}: {count} too few of {key}"
                    for key, count in lines.items() if count != 0][:EXAMPLES]
    return actual.num_rows


def main(slices, out):
    files = published(slices)
    differences = []
    rows = {kind: compare(kind, [f for f in files if f[0].split(".")[0] == kind], out, differences)
            for kind in NAMES}
    json.dump({"equal": not differences, "rows": rows, "differences": differences}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    # Not sys.exit: see oracle.py.
    os._exit(0)
