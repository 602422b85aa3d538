"""The GA4 export counted where it lies: what the embedded engine counts, to the last integer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest
import sqlglot
from sqlglot import exp

from microlift.cli import main
from microlift.errors import EventsError, InputError
from microlift.events.files import find_files
from microlift.moments import Moments
from microlift.plan import Plan
from microlift.warehouse.connection import count_at, place_of
from microlift.warehouse.dialects import DIALECTS
from microlift.warehouse.embedded import count_here
from microlift.warehouse.ga4.aside import check_counted
from microlift.warehouse.ga4.schema import newest_of
from microlift.warehouse.reading import moments_of
from microlift.warehouse.script import script_of
from microlift.warehouse.steps import steps_of

from . import exports

Count = Callable[[Path, Plan], Moments]
Agree = Callable[[Moments, Moments], None]
REVENUE = "ecommerce.purchase_revenue"
GOLDEN = Path(__file__).parent / "golden"


def deep(where: str, **log: Any) -> Plan:
    action = {"name": "deep", "event": "page", "where": where}
    return Plan.from_dict(exports.plan_of(**log).to_dict() | {"actions": [action]})


def counted(folder: Path, plan: Plan) -> Moments:
    return moments_of(count_here(find_files(folder), plan, 2), plan, str(folder))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "rows", "log"),
    [
        (5, 1_000, {}),
        (4, 300, {"refunds": "keep"}),
        (6, 300, {"fresh_days": 0, "timezone": "UTC"}),
        (8, 500, {"attributes": ["channel_group", "campaign", "device"]}),
        (7, 300, {"columns": {"user_id": "user_pseudo_id", "value": REVENUE}}),
    ],
)
def test_an_export_full_of_ties_and_nulls_gives_the_same_cells(
    seed: int, rows: int, log: dict[str, Any], tmp_path: Path, embedded: Count, agree: Agree
) -> None:
    plan = exports.plan_of(**log)
    folder = exports.write_export(tmp_path, exports.hard_rows(seed, rows), seed % 4, seed > 6)
    found = counted(folder, plan)
    agree(embedded(folder, plan), found)
    assert found.log.facts.rejected["repeated transaction"] > 9
    assert found.log.facts.rejected["no user (consent denied)"] > 1


@pytest.mark.slow
def test_a_nested_table_is_counted_by_a_connection(
    tmp_path: Path, embedded: Count, agree: Agree
) -> None:
    plan, folder = exports.plan_of(), exports.write_export(tmp_path, exports.hard_rows(2, 200))
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as engine:
        engine.execute(f"CREATE TABLE ga AS SELECT * FROM read_parquet('{folder}/*.parquet')")
    table = count_at(place_of(f"duckdb://{file}#ga"), plan)
    agree(moments_of(table, plan, "shop"), embedded(folder, plan))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_step_of_an_export_compiles_for_every_engine(dialect: str) -> None:
    text = script_of(exports.plan_of(), dialect, "shop.web.events", into="shop.work")
    made = sqlglot.parse(text, dialect=dialect)
    assert len(made) == 13
    assert all(isinstance(each, exp.Create) for each in made)
    # Strict sessions fail where a list has no such member; names with dots are none in BigQuery.
    assert "[0]" not in text
    assert " ELEMENT_AT(" not in text or dialect == "trino"
    names = [alias.alias for each in made for alias in each.find_all(exp.Alias)]
    assert [name for name in names if "." in name] == []


@pytest.mark.slow
def test_the_text_of_an_export_for_bigquery_is_the_kept_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # make it anew: microlift sql --plan tests/warehouse/golden/ga4.yaml --dialect bigquery
    #   --table 'shop.analytics_123.events_*' --into shop.work > tests/warehouse/golden/ga4.sql
    arguments = ["--table", "shop.analytics_123.events_*", "--into", "shop.work"]
    plan = str(GOLDEN / "ga4.yaml")
    assert main(["sql", "--plan", plan, "--dialect", "bigquery", *arguments]) == 0
    told = capsys.readouterr().out
    assert told == (GOLDEN / "ga4.sql").read_text(encoding="utf-8")
    assert told.count("FROM `shop`.`analytics_123`.`events_*` AS") == 1
    assert "REGEXP_CONTAINS(`t0`.`_TABLE_SUFFIX`, '^[0-9]+$')" in told


@pytest.mark.parametrize(
    ("table", "dialect", "changes"),
    [
        ("shop.web.events_*", "snowflake", {}),
        ("shop.*.events_1", "bigquery", {}),
        ("shop.web.events_*_*", "bigquery", {}),
        ("shop.web.events_*", "bigquery", {"log": {}}),
    ],
)
def test_a_star_that_nothing_knows_is_refused(
    table: str, dialect: str, changes: dict[str, Any]
) -> None:
    plan = Plan.from_dict(exports.PLAN | changes)
    with pytest.raises(InputError, match=r"A star stands for daily tables|letters, digits"):
        script_of(plan, dialect, table)


def test_the_newest_daily_table_tells_the_columns() -> None:
    tables = ["events_20240701", "events_20240702", "events_intraday_20240703", "pages_20240704"]
    assert newest_of("events_*", tables) == "events_20240702"
    assert newest_of("events_intraday_*", tables) == "events_intraday_20240703"
    assert newest_of("clicks_*", tables) is None


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (deep("depth > 5 AND depth IS NOT NULL"), r"'depth' as a number .* 'event_params.depth'"),
        (deep('"event_params.depth" > 5', attributes=["event_params.depth"]), r"Name it 'depth'"),
        (exports.plan_of(window="26w"), r"log.window"),
        (
            Plan.from_dict(exports.PLAN | {"macro": {"event": "buy", "value": "value"}}),
            r"without macro.currency",
        ),
    ],
)
def test_what_engines_would_read_in_two_ways_is_refused(plan: Plan, said: str) -> None:
    with pytest.raises(InputError, match=said):
        script_of(plan, "bigquery", "events")


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ({"event_params": "string"}, r"'event_params' is of type string"),
        ({"event_timestamp": "string"}, r"'event_timestamp' is of type string.*it is int64"),
        ({"user_id": "struct<id: string>"}, r"'user_id' is of type struct"),
        ({"event_date": None}, r"lacks 'event_date', which every GA4 export has"),
    ],
)
def test_a_table_that_is_no_export_is_refused(types: dict[str, Any], said: str) -> None:
    own = {name: ibis.dtype(kind) for name, kind in NESTED.items()} | types
    raw = ibis.table({name: kind for name, kind in own.items() if kind}, name="ga")
    with pytest.raises(EventsError, match=said):
        steps_of(raw, exports.plan_of(), "bigquery")


NESTED = {
    "event_date": "string",
    "event_timestamp": "int64",
    "event_name": "string",
    "event_params": "array<struct<key: string, value: struct<int_value: int64>>>",
}


@pytest.mark.parametrize(
    ("figures", "rows", "said"),
    [
        ({"seen: dept": 0}, {}, r"'dept', which is no field .* no event"),
        ({"seen: depth": 3, "fraction: page_type": 2}, {}, r"'page_type' is a fraction in 2 ev"),
        ({"undated": 1}, {}, r"1 events have no readable event_date"),
        ({"events": 0}, {"last 2 days": 7}, r"All 7 events .* of the last 2 days"),
    ],
)
def test_what_only_the_events_tell_is_refused_when_they_are_counted(
    figures: dict[str, int], rows: dict[str, int], said: str
) -> None:
    with pytest.raises(EventsError, match=said):
        check_counted({"events": 9, **figures}, rows, exports.plan_of())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"event_params": [exports.param("page_type", 1.5)]}, r"'page_type' is a fraction in 1 "),
        ({"event_params": []}, r"reads 'depth', which is no field"),
        ({"event_date": "soon"}, r"7 events have no readable event_date"),
        ({"event_date": "20240706"}, r"All 7 events that are left are of the last 2 days"),
    ],
)
def test_an_export_that_engines_read_differently_is_refused_by_its_counts(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    rows = exports.hard_rows(3, 60)[-7:]
    params = [exports.param("odd 'name", "x"), exports.param("depth", 1), exports.param("value", 1)]
    params.append(exports.param("page_type", "p"))
    rows = [row | {"event_params": params} for row in rows]
    if change.get("event_params"):
        rows[0] |= {"event_params": [*change["event_params"], params[0]]}
    else:
        rows = [row | change for row in rows]
    with pytest.raises(EventsError, match=said):
        counted(exports.write_export(tmp_path, rows), exports.plan_of())
