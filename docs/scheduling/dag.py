"""Airflow: the weekly report, then the import of its weights where there are new ones."""

from datetime import UTC, datetime, timedelta

from airflow import DAG
from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator

SHOP = "/srv/shop"

with DAG(
    dag_id="microlift",
    schedule="0 5 * * 1",
    start_date=datetime(2026, 1, 5, tzinfo=UTC),
    catchup=False,  # a log is judged as it is today: there is nothing to make up for
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
) as dag:
    report = BashOperator(
        task_id="report",
        cwd=SHOP,
        bash_command=(
            ".venv/bin/microlift report --plan plan.yaml --events exports --out reports/shop"
            " --keep 12 --quiet --timeout 2h --memory 4GB"
        ),
        # Weights withheld: skipped, and so is the import. The default, 99, is no code of ours.
        skip_on_exit_code=3,
        execution_timeout=timedelta(hours=3),
    )
    upload = BashOperator(
        task_id="upload",
        cwd=SHOP,
        bash_command=(
            ".venv/bin/microlift export google-ads --weights reports/shop/weights.json"
            " --out upload -s customer=123-456-7890"
        ),
    )
    report >> upload

    # A notebook of your own that only looks: no lock, no limits, no exit codes, nothing published.
    own = PapermillOperator(
        task_id="own_notebook",
        input_nb=f"{SHOP}/notebooks/own.ipynb",
        output_nb=f"{SHOP}/notebooks/runs/own-{{{{ ds }}}}.ipynb",
        parameters={"weights_path": f"{SHOP}/reports/shop/weights.json"},
    )
    report >> own
