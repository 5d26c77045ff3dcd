"""How many records the join has, and their checksum: the sum modulo 2^64 of the first 60 bits of
md5("event id \\t document \\t GKG record id") over every mention that has both. JSON on standard output.
answer.py slices <folder>          by the batch oracle of the tests
answer.py parquet <file>           of what is in a file
answer.py delta <folder of a table> of what is in a table; of a mention the newest revision"""

import json
import os
import sys
from pathlib import Path

import duckdb

KEY = "concat_ws(chr(9), global_event_id, mention_identifier, gkg_record_id)"
SUM = f"sum(CAST('0x' || substr(md5({KEY}), 1, 15) AS BIGINT)::HUGEINT)"


def answer(con, rows):
    count, total = con.execute(f"SELECT count(*), coalesce({SUM}, 0) FROM {rows}").fetchone()
    return {"count": count, "checksum": str(total % 2**64)}


def of_slices(folder):
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "oracle"))
    from oracle import Oracle
    oracle = Oracle()
    oracle.expect(folder, False, 8.0)
    joined = "(FROM expected_mentions WHERE event_joined AND gkg_record_id IS NOT NULL)"
    return answer(oracle.con, joined)


def of_delta(folder):
    import deltalake
    table = deltalake.DeltaTable(folder).to_pyarrow_dataset()
    con = duckdb.connect()
    con.register("t", table)
    if "mention_key" not in table.schema.names:
        return answer(con, "t")
    return answer(con, """(
      SELECT * FROM (
        SELECT global_event_id, mention_identifier, gkg_record_id, event_joined FROM t
        QUALIFY row_number() OVER (PARTITION BY mention_key ORDER BY generation DESC, revision DESC) = 1
      ) WHERE event_joined AND gkg_record_id IS NOT NULL)""")


OF = {
    "slices": of_slices,
    "parquet": lambda file: answer(duckdb.connect(), f"'{file}'"),
    "delta": of_delta,
}
print(json.dumps(OF[sys.argv[1]](sys.argv[2])), flush=True)
# At once: now and then the readers' threads abort the interpreter as it winds up.
os._exit(0)
