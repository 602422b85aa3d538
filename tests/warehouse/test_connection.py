"""Connections: counted where the table lies, and no secret in a URL or in a message."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from microlift.cli import main
from microlift.errors import InputError
from microlift.moments import Moments
from microlift.plan import Plan
from microlift.urls import masked
from microlift.warehouse.connection import count_at, place_of
from microlift.warehouse.reading import moments_of


@pytest.fixture
def database(tmp_path: Path, hard_log: Callable[..., Path]) -> Path:
    """A database of its own with a table of events."""
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(f"CREATE TABLE events AS SELECT * FROM '{hard_log(1, 400)}'")
    return file


@pytest.mark.slow
def test_a_table_is_counted_where_it_lies_and_nothing_is_left_there(
    database: Path,
    plan_named: Callable[..., Plan],
    hard_log: Callable[..., Path],
    embedded: Callable[[Path, Plan], Moments],
    agree: Callable[[Moments, Moments], None],
) -> None:
    plan = plan_named("base")
    counted = count_at(place_of(f"duckdb://{database}#events"), plan)
    agree(moments_of(counted, plan, "shop"), embedded(hard_log(1, 400), plan))
    with duckdb.connect(str(database)) as engine:
        assert engine.execute("SHOW TABLES").fetchall() == [("events",)]


def test_a_table_that_is_not_there_is_refused(
    database: Path, plan_named: Callable[..., Plan]
) -> None:
    with pytest.raises(InputError, match="no table 'sells'"):
        count_at(place_of(f"duckdb://{database}#sells"), plan_named("base"))


@pytest.mark.parametrize(
    "url",
    [
        "trino://ann:hunter2@host/shop#events",
        "trino://ann:hun/ter2@host/shop#events",
        "trino://ann:hun@ter2@host/shop#events",
        "snowflake://ann@host/shop?password=hunter2#events",
        "databricks://host/shop?access_token=hunter2&x=1#events",
    ],
)
def test_a_url_with_a_secret_is_refused_and_the_secret_is_in_no_message(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], plan_named: Callable[..., Plan]
) -> None:
    plan_named("base").save(tmp_path / "plan.yaml")
    given = ["--plan", str(tmp_path / "plan.yaml"), "--events", url]
    assert main(["cells", *given, "--out", str(tmp_path / "cells.parquet")]) == 2
    told = capsys.readouterr()
    assert "holds a secret" in told.err
    assert "ter2" not in told.err + told.out
    assert "ter2" not in masked(url)
    assert not (tmp_path / "cells.parquet").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://host/shop#events", "known are bigquery"),
        ("bigquery://shop/web", "names no table"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused(url: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        place_of(url)


def test_a_driver_that_is_missing_is_named(plan_named: Callable[..., Plan]) -> None:
    with pytest.raises(InputError, match=r"microlift\[trino\]"):
        count_at(place_of("trino://ann@host/shop#events"), plan_named("base"))
