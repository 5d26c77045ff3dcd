"""Gold as a DAG of Airflow 3, for who has one and wants to see its runs there.

It is not needed: `gdelt-streams gold run` follows the tables by itself, and makes Gold when a slice has closed instead of when a
clock says so. Do not run both: a folder of work has one process at a time, and the second ends with code 2.

Variables of the workers' environment: GDELT_STREAMS_LAKE (a folder or s3://…), GDELT_STREAMS_GOLD_WORK (a folder that all
workers reach), GDELT_STREAMS_MART_URL or GDELT_STREAMS_MART_URL_FILE, and for a bucket AWS_….
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="gdelt_gold",
    description="Makes Gold of what has closed in Silver, publishes it, and counts it again.",
    # Five minutes after a slice: GDELT is some minutes late itself.
    schedule="5-59/15 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
) as dag:
    make = BashOperator(
        task_id="make",
        bash_command='gdelt-streams gold run --once --lake "$GDELT_STREAMS_LAKE" --work "$GDELT_STREAMS_GOLD_WORK"',
        execution_timeout=timedelta(minutes=12),
    )
    verify = BashOperator(task_id="verify", bash_command="gdelt-streams gold verify")
    make >> verify
