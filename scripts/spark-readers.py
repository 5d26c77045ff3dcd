"""Every table of a lake at every version, as three readers see it: Spark, DuckDB, delta-rs.

spark-readers.py LAKE JARS   prints a line for each table; the exit code is 1 if any two differ
Each has its own reading of the Delta log and of Parquet (delta-rs: pyarrow's). Compared are the number
of rows, and the sum over the rows of the first 60 bits of an MD5 over all their columns.
"""

import glob
import json
import os
import sys
from pathlib import Path

import duckdb
import duckdb_ext
from deltalake import DeltaTable
from pyspark.sql import SparkSession

lake, jars = Path(sys.argv[1]).resolve(), sys.argv[2]

# A value as text, by its type in Delta: floating-point numbers as whole millionths, times in their unit.
SPARK = {
    "double": "cast(floor({0} * 1000000D + 0.5D) as string)",
    "timestamp": "cast(unix_micros({0}) as string)",
    "date": "cast(unix_date({0}) as string)",
    "binary": "hex({0})",
    "array": "concat(cast(size({0}) as string), chr(1), array_join({0}, chr(1)))",
    "other": "cast({0} as string)",
}
DUCK = {
    "double": "cast(cast(floor({0} * 1000000::double + 0.5::double) as bigint) as varchar)",
    "timestamp": "cast(epoch_us({0}) as varchar)",
    "date": "cast({0} - date '1970-01-01' as varchar)",
    "binary": "hex({0})",
    "array": "concat(cast(len({0}) as varchar), chr(1), array_to_string({0}, chr(1)))",
    "other": "cast({0} as varchar)",
}


def row_text(fields, dialect, quote):
    """All columns of a row as one text in SQL; null is a text that no value has."""
    def one(field):
        kind = field["type"] if isinstance(field["type"], str) else field["type"]["type"]
        text = dialect.get(kind, dialect["other"]).format(f"{quote}{field['name']}{quote}")
        return f"coalesce({text}, chr(2))"
    return f"concat_ws(chr(3), {', '.join(one(field) for field in fields)})"


def with_spark(spark, path, version, fields):
    spark.read.format("delta").option("versionAsOf", version).load(path).createOrReplaceTempView("t")
    bits = f"conv(substring(md5({row_text(fields, SPARK, '`')}), 1, 15), 16, 10)"
    count, total = spark.sql(f"select count(*), sum(cast({bits} as decimal(38, 0))) from t").first()
    return count, int(total or 0)


def with_duckdb(con, relation, fields):
    bits = f"('0x' || substr(md5({row_text(fields, DUCK, chr(34))}), 1, 15))::bigint::hugeint"
    count, total = con.execute(f"select count(*), sum({bits}) from {relation}").fetchone()
    return count, int(total or 0)


def check_table(spark, con, path):
    """Versions read, rows at the newest, and the versions at which the readers differ."""
    names = [os.path.basename(name) for name in glob.glob(f"{path}/_delta_log/*.json")]
    versions = sorted(int(name[:20]) for name in names if name[:20].isdigit())
    differ = []
    newest = 0
    for version in versions:
        table = DeltaTable(str(path), version=version)
        fields = json.loads(table.schema().to_json())["fields"]
        con.register("arrow_rows", table.to_pyarrow_table())
        con.execute(f"attach '{path}' as pinned (type delta, version {version})")
        seen = {
            "delta-rs": with_duckdb(con, "arrow_rows", fields),
            "DuckDB": with_duckdb(con, "pinned", fields),
            "Spark": with_spark(spark, str(path), version, fields),
        }
        con.execute("detach pinned")
        con.unregister("arrow_rows")
        newest = seen["delta-rs"][0]
        if len(set(seen.values())) > 1:
            differ.append(f"version {version}: {seen}")
    return versions, newest, differ


def main():
    settings = {
        "spark.jars": ",".join(glob.glob(f"{jars}/*.jar")),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    con = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    extensions = Path(duckdb_ext.__path__[0]) / "extensions"
    (extension,) = glob.glob(f"{extensions}/*/*/delta.duckdb_extension")
    con.execute(f"load '{extension}'")
    tables = sorted(log.parent for log in lake.glob("**/_delta_log"))
    wrong = 0
    for path in tables:
        versions, rows, differ = check_table(spark, con, path)
        verdict = "equal" if not differ else f"{len(differ)} DIFFER: {differ[0]}"
        span = f"versions {versions[0]} to {versions[-1]}"
        print(f"{path.relative_to(lake)}: {span}, {rows} rows in the last: {verdict}", flush=True)
        wrong += len(differ)
    spark.stop()
    sys.exit(1 if wrong or not tables else 0)


main()
