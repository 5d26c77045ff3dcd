#!/usr/bin/env python3
"""The batch oracle: what the pipeline must write for a folder of slices, by a batch join in SQL.

Shares no code with the pipeline: the files are read here, the join is DuckDB's (expected.sql), and
the Delta tables are read by delta-rs. Prints a report; the exit code is 1 on any difference.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import duckdb  # noqa: E402
from delta_tables import TABLES, Differences, compare, write_expected  # noqa: E402
from raw_rows import lines_of, load  # noqa: E402

HERE = Path(__file__).parent
DAY_US = 86_400_000_000


class Oracle:
    def __init__(self):
        self.con = duckdb.connect()
        self.con.execute((HERE / "parse.sql").read_text())
        self.expected_sql = (HERE / "expected.sql").read_text()

    def expect(self, slices, closed, retention_days):
        """Builds the expected tables; the counts of what is in them."""
        con = self.con
        paths = load(con, slices)
        con.execute(f"SET VARIABLE retention_us = {round(retention_days * DAY_US)}")
        con.execute(f"SET VARIABLE closed = {closed}")
        con.execute(self.expected_sql)
        self.expect_dead_letters(paths)
        found = con.execute("FROM counts")
        names = [column[0] for column in found.description]
        return dict(zip(names, *found.fetchall()))

    def expect_dead_letters(self, paths):
        self.con.execute("CREATE OR REPLACE TEMP TABLE expected_dead_letter"
                         " (feed VARCHAR, file VARCHAR, row BIGINT, raw BLOB)")
        lines = {}
        for feed, file, row in self.con.execute(
                "SELECT feed, file, row FROM refused ORDER BY file, row").fetchall():
            if file not in lines:
                lines = {file: lines_of(paths[file])}
            self.con.execute("INSERT INTO expected_dead_letter VALUES (?, ?, ?, ?)",
                             [feed, file, row, lines[file][row]])

    def check(self, slices, out=None, closed=False, retention_days=8.0, write_to=None):
        began = time.monotonic()
        counts = self.expect(slices, closed, retention_days)
        differences = Differences()
        if write_to:
            write_expected(self.con, write_to)
        tables = {t.path: compare(self.con, out, t, differences) for t in TABLES} if out else {}
        report = {
            "slices": slices, "out": out, "equal": differences.count == 0, "counts": counts,
            "tables": tables, "differences": differences.examples,
            "seconds": round(time.monotonic() - began, 3),
        }
        return {**report, "message": message(report, differences.count)}


def message(report, count):
    lines = [f"{report['out']} {'equals' if count == 0 else f'has {count} differences from'}"
             f" the batch join of {report['slices']}"]
    for d in report["differences"]:
        column = f" column {d['column']}" if d["column"] else ""
        lines.append(f"{d['table']} key [{d['key']}]{column} ({d['kind']}):"
                     f" expected {d['expected']}, found {d['found']}")
    return "\n".join(lines)


def show(report):
    for name, value in report["counts"].items():
        print(f"{name:34}{value:>16}")
    for path, table in report["tables"].items():
        print(path, json.dumps(table))
    if report["out"]:
        print(report["message"])
    print(f"{report['seconds']} s")


def batch(oracle, file, as_json):
    """One case per line, each answered before the next is read: a caller may wait for it."""
    equal = True
    with open(file, encoding="utf-8") if file != "-" else sys.stdin as cases:
        while line := cases.readline():
            case = json.loads(line)
            try:
                report = oracle.check(
                    case["slices"], case.get("out"), bool(case.get("closed")),
                    float(case.get("retention_days", 8)), case.get("write_expected"))
            except Exception as error:  # the next case may still be fine
                report = {"equal": False, "error": f"{type(error).__name__}: {error}"}
            equal = equal and report["equal"]
            print(json.dumps(report) if as_json else report.get("message", report.get("error")),
                  flush=True)
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", help="folder of slice files")
    parser.add_argument("--out", help="folder of the Delta tables; without it: only counts")
    parser.add_argument("--closed", action="store_true", help="the stream has ended")
    parser.add_argument("--retention-days", type=float, default=8.0, help="of events; default 8")
    parser.add_argument("--write-expected", metavar="OUT", help="write the expected tables there")
    parser.add_argument("--batch", metavar="FILE",
                        help="JSON lines of {slices, out, closed, retention_days, write_expected};"
                             " - is standard input")
    parser.add_argument("--json", action="store_true", help="the report as JSON, on one line")
    args = parser.parse_args()
    oracle = Oracle()
    if args.batch:
        return batch(oracle, args.batch, args.json)
    if not args.slices:
        parser.error("--slices or --batch is needed")
    report = oracle.check(args.slices, args.out, args.closed, args.retention_days,
                          args.write_expected)
    if args.json:
        print(json.dumps(report))
    else:
        show(report)
    return report["equal"]


if __name__ == "__main__":
    status = 0 if main() else 1
    sys.stdout.flush()
    # Not sys.exit: a thread of Arrow's may still be about and then aborts the interpreter's end
    # (delta-io/delta-rs#2184, apache/arrow#34314), in place of the answer's exit code.
    os._exit(status)
