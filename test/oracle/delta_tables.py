"""The tables which the pipeline wrote, read by delta-rs, held against the expected ones."""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.types as types
from deltalake import DeltaTable, write_deltalake

UTC = pa.timestamp("us", "UTC")
EXAMPLES = 5  # differences shown per table and kind, or column

MENTION_KEY = (
    "concat_ws(' ', global_event_id, strftime(event_time, '%Y%m%d%H%M%S'),"
    " strftime(mention_time, '%Y%m%d%H%M%S'), mention_type,"
    " coalesce(sentence_id::VARCHAR, '-'), coalesce(actor1_char_offset::VARCHAR, '-'),"
    " coalesce(actor2_char_offset::VARCHAR, '-'), coalesce(action_char_offset::VARCHAR, '-'),"
    " coalesce(mention_identifier, ''))"
)


@dataclass(frozen=True)
class Table:
    path: str
    expected: str
    key: str
    # The current row of a key is the one with the greatest of these.
    versions: tuple = ("generation", "revision")
    # Set by the run, or by nothing that a batch could know: present, never compared.
    uncompared: dict = field(default_factory=dict)
    required: tuple = ()


TABLES = [
    Table(
        "silver/events", "expected_events", "CAST(global_event_id AS VARCHAR)",
        uncompared={"sentence": pa.string(), "generation": pa.int32(), "revision": pa.int32(),
                    "completed_at": UTC, "silver_committed_at": UTC},
        required=("sentence", "generation", "revision"),
    ),
    Table(
        "silver/mentions", "expected_mentions", MENTION_KEY,
        uncompared={"mention_key": pa.string(), "generation": pa.int32(), "revision": pa.int32(),
                    "silver_committed_at": UTC},
        required=("mention_key", "generation", "revision"),
    ),
    Table(
        "audit/lifecycle", "expected_lifecycle", "concat_ws(' ', global_event_id, state)",
        versions=("generation",),
        uncompared={"reason": pa.string(), "generation": pa.int32(), "reached_at": UTC},
        required=("generation", "reached_at"),
    ),
    Table(
        "dead_letter", "expected_dead_letter",
        "concat_ws(' ', feed, coalesce(file, '-'), coalesce(row::VARCHAR, '-'))",
        versions=(),
        uncompared={"slice": UTC, "topic": pa.string(), "partition": pa.int32(),
                    "offset": pa.int64(), "reason": pa.string(), "seen_at": UTC},
        required=("reason", "seen_at"),
    ),
]
# The marts and Postgres add their own states later.
LATER_STATES = ("GOLD_COMPLETE", "POSTGRES_COMPLETE")


def kind_of(kind):
    """One name for the Arrow types which hold the same values (string, large_string, a view)."""
    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "string"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return "binary"
    if types.is_list(kind) or types.is_large_list(kind) or types.is_list_view(kind):
        return f"list<{kind_of(kind.value_type)}>"
    return str(kind)


def published(kind):
    """The type that a column of an expected table has in Delta: its times are UTC."""
    return UTC if types.is_timestamp(kind) else kind


def expected_schema(con, table):
    """Name and type of every column that the Delta table has to have."""
    found = con.sql(f"SELECT * FROM {table.expected} LIMIT 0").to_arrow_table().schema
    named = {f.name: published(f.type) for f in found}
    return {**named, **table.uncompared, "slice_date": pa.date32()}


def read(con, out, table, differences):
    """Loads the Delta table as `actual`, with `key`; false when there is nothing to compare."""
    con.execute("DROP TABLE IF EXISTS actual")
    wanted = expected_schema(con, table)
    location = f"{out}/{table.path}"
    if DeltaTable.is_deltatable(location):
        rows = DeltaTable(location).to_pyarrow_table()
    else:
        rows = pa.table({name: pa.array([], kind) for name, kind in wanted.items()})
    whole = True
    for name in sorted(wanted.keys() | set(rows.column_names)):
        expected = kind_of(wanted[name]) if name in wanted else "no such column"
        found = kind_of(rows.schema.field(name).type) if name in rows.column_names else "none"
        if expected != found:
            differences.add(table.path, "schema", "-", name, expected, found)
            whole = whole and name not in wanted
    if not whole:
        return False
    # As plain UTC: DuckDB's zoned timestamps want a Python package that no one else here needs.
    plain = [pa.field(f.name, pa.timestamp("us") if types.is_timestamp(f.type) else f.type)
             for f in rows.schema]
    con.register("delta_rows", rows.cast(pa.schema(plain)))
    con.execute(f"CREATE TEMP TABLE actual AS SELECT *, {table.key} AS key FROM delta_rows")
    con.unregister("delta_rows")
    if table.path == "audit/lifecycle":
        con.execute(f"DELETE FROM actual WHERE state IN {LATER_STATES}")
    elif table.path == "dead_letter":  # a row is the same whether its file came zipped or not
        con.execute("UPDATE actual SET file = regexp_replace(file, '\\.zip$', '')")
        con.execute(f"UPDATE actual SET key = {table.key}")
    return True


class Differences:
    """Counts all differences, keeps the first of each kind."""

    def __init__(self):
        self.count = 0
        self.examples = []

    def add(self, table, kind, key, column=None, expected=None, found=None, count=1):
        self.count += count
        self.examples.append({"table": table, "kind": kind, "key": key, "column": column,
                              "expected": expected, "found": found})

    def query(self, con, table, kind, sql, column=None):
        """Takes the rows (key, expected, found) of a query as differences; how many there are."""
        ((count,),) = con.execute(f"SELECT count(*) FROM ({sql})").fetchall()
        for i, row in enumerate(con.execute(f"{sql} ORDER BY key LIMIT {EXAMPLES}").fetchall()):
            self.add(table, kind, row[0], column, row[1], row[2], count - EXAMPLES + 1
                     if i == EXAMPLES - 1 else 1)
        return count


def compare(con, out, table, differences):
    """Holds one Delta table against its expected one; the numbers of rows and differences."""
    if not read(con, out, table, differences):
        return {"schema": "differs"}
    versions = ", ".join(table.versions)
    order = ", ".join(f"{v} DESC" for v in table.versions) or "1"
    con.execute(f"CREATE OR REPLACE TEMP TABLE expected AS SELECT *, {table.key} AS key"
                f" FROM {table.expected}")
    con.execute("CREATE OR REPLACE TEMP TABLE newest AS SELECT * FROM actual"
                f" QUALIFY row_number() OVER (PARTITION BY key ORDER BY {order}) = 1")
    (sizes,) = con.execute("SELECT (SELECT count(*) FROM expected), (SELECT count(*) FROM actual),"
                        " (SELECT count(*) FROM newest)").fetchall()
    counts = dict(zip(["expected", "rows", "keys"], sizes))
    path = table.path
    counts["doubled"] = differences.query(
        con, path, "doubled", f"SELECT key, '1 row' AS e, count(*) || ' rows of ({versions}) = ('"
        f" || concat_ws(', ', {versions or 'NULL'}) || ')' AS f FROM actual"
        f" GROUP BY key{', ' + versions if versions else ''} HAVING count(*) > 1")
    counts["missing"] = differences.query(
        con, path, "missing", "SELECT key, 'a row' AS e, 'none' AS f FROM expected"
        " ANTI JOIN newest USING (key)")
    counts["extra"] = differences.query(
        con, path, "extra", "SELECT key, 'none' AS e, 'a row' AS f FROM newest"
        " ANTI JOIN expected USING (key)")
    counts["columns"] = compare_columns(con, table, differences)
    return counts


def compare_columns(con, table, differences):
    """Number of rows in which a column differs, for each column that does."""
    tests = {}
    for name, kind in con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'expected'"
            " AND column_name <> 'key' ORDER BY column_index").fetchall():
        e, a = f'e."{name}"', f'a."{name}"'
        test = f"{e} IS DISTINCT FROM {a}"
        if kind == "DOUBLE":
            near = f"abs({e} - {a}) <= 1e-9 * greatest(abs({e}), abs({a})) + 1e-12"
            test = f"({test} AND NOT coalesce({near}, false))"
        tests[name] = (test, f"{e}::VARCHAR", f"{a}::VARCHAR")
    for name in table.required:
        tests[name] = (f'a."{name}" IS NULL', "'a value'", "'null'")
    tests["slice_date"] = ("a.slice_date IS DISTINCT FROM CAST(a.slice AS DATE)",
                           "CAST(a.slice AS DATE)::VARCHAR", "a.slice_date::VARCHAR")
    joined = "FROM expected e JOIN newest a USING (key)"
    (wrong,) = con.execute(
        f"SELECT {', '.join(f'count(*) FILTER ({test})' for test, _, _ in tests.values())} {joined}"
    ).fetchall()
    found = {name: count for name, count in zip(tests, wrong) if count > 0}
    for name in found:
        test, e, a = tests[name]
        differences.query(con, table.path, "column",
                          f"SELECT key, {e} AS e, {a} AS f {joined} WHERE {test}", name)
    if table.path == "silver/mentions":
        found |= check_mention_keys(con, differences)
    return found


def check_mention_keys(con, differences):
    """One mention_key per natural key over all revisions, and one natural key per mention_key."""
    count = 0
    for one, other in [("key", "mention_key"), ("mention_key", "key")]:
        count += differences.query(
            con, "silver/mentions", "column",
            f"SELECT {one} AS key, '1 {other}' AS e, count(DISTINCT {other}) || ' of them' AS f"
            f" FROM actual GROUP BY {one} HAVING count(DISTINCT {other}) > 1", "mention_key")
    return {"mention_key": count} if count else {}


def write_expected(con, out):
    """Writes the expected tables as a pipeline without faults would: generation 1, revision 1."""
    for table in TABLES:
        values = {
            "sentence": "'-'", "mention_key": f"md5({table.key})", "generation": "1::INTEGER",
            "revision": "1::INTEGER", "reached_at": "getvariable('last_slice')",
            "seen_at": "getvariable('last_slice')", "reason": "'-'",
        }
        added = "".join(f", {values.get(name, 'NULL')} AS {name}" for name in table.uncompared
                        if not (table.path == "dead_letter" and name == "slice"))
        day = "CAST(slice AS DATE)"
        if table.path == "dead_letter":
            added += ", stamp(file[:14]) AS slice"
            day = "CAST(stamp(file[:14]) AS DATE)"
        rows = con.sql(f"SELECT *{added}, {day} AS slice_date FROM {table.expected}")
        rows = rows.to_arrow_table()
        wanted = expected_schema(con, table)
        rows = rows.cast(pa.schema([(name, wanted[name]) for name in rows.column_names]))
        write_deltalake(f"{out}/{table.path}", rows, partition_by=["slice_date"])
