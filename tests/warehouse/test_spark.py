"""Spark counts what the embedded engine counts, to the last integer.

Small logs: starting Spark and planning queries is what costs, whatever the log. A million events
are for benchmarks/engines.py.
"""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from microlift.errors import InputError
from microlift.events.files import find_files
from microlift.moments import Moments
from microlift.plan import Plan
from microlift.warehouse.reading import moments_of
from microlift.warehouse.spark import count_on_spark, local_session

from . import exports

HAS_SPARK = importlib.util.find_spec("pyspark") is not None
HAS_JAVA = bool(shutil.which("java") or os.environ.get("JAVA_HOME"))

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(not HAS_SPARK, reason="pyspark is not installed: `make spark-tools`"),
    pytest.mark.skipif(
        not HAS_JAVA, reason="no Java 17 was found: neither on the path nor JAVA_HOME"
    ),
    # pyspark's own, about its sockets and about pandas
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning:pyspark"),
]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """One session for all; what makes long queries fast makes short ones slow, so it is off."""
    before = os.environ.get("JAVA_TOOL_OPTIONS")
    os.environ["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    with local_session(threads=2, partitions=2, memory="1g") as opened:
        opened.conf.set("spark.sql.codegen.wholeStage", "false")
        opened.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        opened.conf.set("spark.sql.adaptive.enabled", "false")
        yield opened
    if before is None:
        del os.environ["JAVA_TOOL_OPTIONS"]
    else:
        os.environ["JAVA_TOOL_OPTIONS"] = before


@pytest.mark.parametrize("name", ["whole", "clock", "ruled", "again"])
def test_cells_of_logs_full_of_ties_and_nulls_are_the_same(
    name: str,
    session: Any,
    plan_named: Callable[..., Plan],
    hard_log: Callable[..., Path],
    embedded: Callable[[Path, Plan], Moments],
    agree: Callable[[Moments, Moments], None],
) -> None:
    path, plan = hard_log(5, 600), plan_named(name)
    counted = count_on_spark(session, find_files(path), plan)
    agree(moments_of(counted, plan, "spark"), embedded(path, plan))


def test_cells_of_a_ga4_export_are_the_same(
    session: Any,
    tmp_path: Path,
    embedded: Callable[[Path, Plan], Moments],
    agree: Callable[[Moments, Moments], None],
) -> None:
    # Attributes are three steps more, and no others than those of a flat log.
    mail = "channel LIKE 'mail / %' OR is_active_user = 'true'"
    plan = exports.plan_of(attributes=[])
    actions = [*plan.to_dict()["actions"][1:3], {"name": "mail", "event": "look", "where": mail}]
    plan = Plan.from_dict(plan.to_dict() | {"actions": actions})
    folder = exports.write_export(tmp_path, exports.hard_rows(2, 300), 2, wrapped=True)
    # An intraday shard of a day that has a daily one is passed over.
    shutil.copy(folder / "events_20240703.parquet", folder / "events_intraday_20240703.parquet")
    counted = count_on_spark(session, find_files(folder), plan)
    agree(moments_of(counted, plan, "spark"), embedded(folder, plan))


def test_cells_of_a_real_log_are_the_same(
    session: Any,
    shared_data: Path,
    embedded: Callable[[Path, Plan], Moments],
    agree: Callable[[Moments, Moments], None],
) -> None:
    plan = Plan.load(Path(__file__).parents[1] / "real" / "plans" / "google_merch_events.yaml")
    path = shared_data / "google_merch_events.parquet"
    counted = count_on_spark(session, find_files(path), plan)
    agree(moments_of(counted, plan, "spark"), embedded(path, plan))


def test_text_files_are_refused(
    session: Any, tmp_path: Path, plan_named: Callable[..., Plan]
) -> None:
    (tmp_path / "log.csv").write_text("user_id,timestamp,event\n", encoding="utf-8")
    with pytest.raises(InputError, match="Convert it to Parquet"):
        count_on_spark(session, find_files(tmp_path / "log.csv"), plan_named("base"))
