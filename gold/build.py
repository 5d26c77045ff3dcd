"""Runs dbt for whoever holds the other end: a JSON array of arguments a line on standard input, for each
a JSON object a line on standard output, with what has failed. One process, because the first call
reads dbt and the project, which takes longer than all that follows. What dbt itself prints goes to
standard error."""

import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

from dbt.cli.main import dbtRunner  # noqa: E402 (after standard output is out of its way)

BAD = {"error", "fail", "runtime error"}


def told(result) -> dict:
    failures = []
    warnings = []
    for each in getattr(result.result, "results", None) or []:
        status = str(each.status)
        line = {"node": each.node.unique_id, "message": (each.message or "").strip()}
        if status in BAD:
            failures.append(line)
        elif status == "warn":
            warnings.append(line)
    if result.exception is not None:
        failures.append({"node": "dbt", "message": str(result.exception).strip()})
    return {"success": bool(result.success), "failures": failures, "warnings": warnings}


for line in sys.stdin:
    started = time.monotonic()
    answer = told(dbtRunner().invoke(json.loads(line)))
    answer["seconds"] = round(time.monotonic() - started, 3)
    answers.write(json.dumps(answer) + "\n")
