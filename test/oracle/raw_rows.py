"""Slice files, zipped or not, as DuckDB tables with a column per field that Silver uses.

A line which is not UTF-8, has the wrong number of fields or a typed field that does not parse is
in none of them, but in `refused`.
"""

import re
import zipfile
from pathlib import Path

import pyarrow as pa

FILE = re.compile(r"^(\d{14})\.(export\.CSV|mentions\.CSV|gkg\.csv)(\.zip)?$")
FEED = {"export.CSV": "events", "mentions.CSV": "mentions", "gkg.csv": "gkg"}
FIELDS = {"events": 61, "mentions": 16, "gkg": 27}
# The rest of a GKG row is 90 % of its bytes and nothing in Silver.
KEPT = {"events": range(61), "mentions": range(16), "gkg": [0, 1, 2, 4, 8, 12, 14, 15]}

# Name and type of each field that has a type or is used, by its place in the row.
ACTOR = ["code", "name", "country_code", "known_group_code", "ethnic_code", "religion1_code",
         "religion2_code", "type1_code", "type2_code", "type3_code"]
GEO = [("type", "int4"), ("fullname", "text"), ("country_code", "text"), ("adm1_code", "text"),
       ("adm2_code", "text"), ("lat", "float8"), ("long", "float8"), ("feature_id", "text")]
COLUMNS = {
    "events": {
        0: ("global_event_id", "int8"), 1: ("event_date", "day"),
        2: ("month_year", "int4"), 3: ("year", "int4"), 4: ("fraction_date", "float8"),
        **{5 + i: (f"actor1_{part}", "text") for i, part in enumerate(ACTOR)},
        **{15 + i: (f"actor2_{part}", "text") for i, part in enumerate(ACTOR)},
        25: ("is_root_event", "int4"), 26: ("event_code", "text"),
        27: ("event_base_code", "text"), 28: ("event_root_code", "text"),
        29: ("quad_class", "int4"), 30: ("goldstein_scale", "float8"),
        31: ("num_mentions", "int4"), 32: ("num_sources", "int4"),
        33: ("num_articles", "int4"), 34: ("avg_tone", "float8"),
        **{35 + i: (f"actor1_geo_{part}", kind) for i, (part, kind) in enumerate(GEO)},
        **{43 + i: (f"actor2_geo_{part}", kind) for i, (part, kind) in enumerate(GEO)},
        **{51 + i: (f"action_geo_{part}", kind) for i, (part, kind) in enumerate(GEO)},
        59: ("date_added", "stamp"), 60: ("source_url", "text"),
    },
    "mentions": {
        0: ("global_event_id", "int8"), 1: ("event_time", "stamp"), 2: ("mention_time", "stamp"),
        3: ("mention_type", "int4"), 4: ("mention_source_name", "text"),
        5: ("mention_identifier", "text"), 6: ("sentence_id", "int4"),
        7: ("actor1_char_offset", "int4"), 8: ("actor2_char_offset", "int4"),
        9: ("action_char_offset", "int4"), 10: ("in_raw_text", "int4"),
        11: ("confidence", "int4"), 12: ("mention_doc_len", "int4"),
        13: ("mention_doc_tone", "float8"), 14: ("translation_info", "text"),
        15: ("extras", "text"),
    },
    "gkg": {
        0: ("record_id", "text"), 1: ("slice", "stamp"), 2: ("collection", "int4"),
        4: ("identifier", "text"), 8: ("themes", "text"), 12: ("persons", "text"),
        14: ("organizations", "text"), 15: ("tone", "tone"),
    },
}
# Without these a row has no place in any table.
REQUIRED = {
    "events": ["global_event_id", "date_added"],
    "mentions": ["global_event_id", "event_time", "mention_time", "mention_type",
                 "mention_identifier"],
    "gkg": ["record_id", "slice", "identifier"],
}

# It has to be that of the file: no other slice's end would say that the row is there.
STAMP = {"events": "date_added", "mentions": "mention_time", "gkg": "slice"}


def slice_files(folder):
    """Every (feed, stamp, name without .zip, path), unpacked before zipped, each file once."""
    found = {}
    for path in sorted(Path(folder).iterdir()):
        match = FILE.match(path.name)
        if match:
            name = f"{match[1]}.{match[2]}"
            found.setdefault(name, (FEED[match[2]], match[1], name, path))
    if not found:  # else an empty output would "equal" a folder named wrongly
        raise ValueError(f"{folder} holds no slice file")
    return list(found.values())


def lines_of(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            data = archive.read(archive.namelist()[0])
    else:
        data = path.read_bytes()
    lines = data.split(b"\n")
    while lines and not lines[-1]:  # empty lines at the very end are no rows
        lines.pop()
    return lines


def split_lines(feed, lines):
    """(row number, fields) of each line that can be split; (row number, reason) of the others."""
    rows, refused = [], []
    for row, line in enumerate(lines):
        try:
            cells = line.decode("utf-8").split("\t")
        except UnicodeDecodeError:
            refused.append((row, "not UTF-8"))
            continue
        if len(cells) != FIELDS[feed]:
            refused.append((row, f"{len(cells)} fields, not {FIELDS[feed]}"))
        else:
            rows.append((row, *(cells[i] for i in KEPT[feed])))
    return rows, refused


def load(con, folder):
    """Creates slice_file, typed_<feed> and refused; returns the path of each file by its name."""
    con.execute("CREATE OR REPLACE TEMP TABLE slice_file (feed VARCHAR, stamp TIMESTAMP)")
    con.execute("CREATE OR REPLACE TEMP TABLE refused"
                " (feed VARCHAR, file VARCHAR, row BIGINT, reason VARCHAR)")
    for feed, kept in KEPT.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE raw_{feed}"
                    f" (file VARCHAR, row BIGINT, {', '.join(f'c{i} VARCHAR' for i in kept)})")
    paths = {}
    for feed, stamp, name, path in slice_files(folder):
        paths[name] = path
        con.execute("INSERT INTO slice_file VALUES (?, stamp(?))", [feed, stamp])
        rows, refused = split_lines(feed, lines_of(path))
        if refused:
            con.executemany("INSERT INTO refused VALUES (?, ?, ?, ?)",
                            [(feed, name, row, reason) for row, reason in refused])
        if rows:
            columns = list(zip(*rows))
            arrays = [pa.array([name] * len(rows), pa.string()), pa.array(columns[0], pa.int64()),
                      *(pa.array(column, pa.string()) for column in columns[1:])]
            batch = pa.table(arrays, names=["file", "row", *(f"c{i}" for i in KEPT[feed])])
            con.register("batch", batch)
            con.execute(f"INSERT INTO raw_{feed} SELECT * FROM batch")
            con.unregister("batch")
    for feed in KEPT:
        type_rows(con, feed)
    return paths


def type_rows(con, feed):
    """typed_<feed>: the values of the good rows; the rows with a bad value join `refused`."""
    columns = COLUMNS[feed]
    values = ", ".join(f"{kind}(c{i}) AS {name}" for i, (name, kind) in columns.items())
    bad = [f"WHEN c{i} <> '' AND {name} IS NULL THEN '{name} does not parse'"
           for i, (name, kind) in columns.items() if kind != "text"]
    bad += [f"WHEN {name} IS NULL THEN '{name} is empty'" for name in REQUIRED[feed]]
    bad += [f"WHEN {STAMP[feed]} <> stamp(left(file, 14)) THEN 'of another slice than its file'"]
    con.execute(f"CREATE OR REPLACE TEMP TABLE typed AS SELECT *, CASE {' '.join(bad)} END AS bad"
                f" FROM (SELECT *, {values} FROM raw_{feed})")
    con.execute(f"INSERT INTO refused SELECT '{feed}', file, row, bad FROM typed"
                " WHERE bad IS NOT NULL")
    names = ", ".join(name for name, _ in columns.values())
    con.execute(f"CREATE OR REPLACE TEMP TABLE typed_{feed} AS SELECT file, row, {names}"
                " FROM typed WHERE bad IS NULL")
    con.execute(f"DROP TABLE typed; DROP TABLE raw_{feed}")
