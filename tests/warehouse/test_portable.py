"""Portable steps count what the embedded engine counts, to the last integer."""

from collections.abc import Callable
from pathlib import Path

import ibis
import pandas as pd
import pytest

from microlift.errors import EventsError, InputError
from microlift.events.files import find_files
from microlift.moments import Moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.warehouse.bits import portable
from microlift.warehouse.embedded import count_here
from microlift.warehouse.reading import moments_of

Hard = Callable[..., Path]
Count = Callable[[Path, Plan], Moments]
Named = Callable[..., Plan]
Agree = Callable[[Moments, Moments], None]


def _portable(path: Path, plan: Plan, threads: int = 2) -> Moments:
    return moments_of(count_here(find_files(path), plan, threads), plan, str(path))


def test_portable_cells_are_those_of_the_embedded_engine(
    plan_named: Named, hard_log: Hard, embedded: Count, agree: Agree
) -> None:
    ruled, names = plan_named("ruled").to_dict(), ("many", "read", "back", "left")
    few = [action for action in ruled["actions"] if action["name"] in names]
    log = {"max_rejected": 1, "columns": {"session_id": "visit"}}
    path, plan = hard_log(1, 400), plan_named("ruled", actions=few, log=log)
    agree(embedded(path, plan), _portable(path, plan))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["visits", "whole", "planned", "clock"])
def test_portable_cells_agree_whatever_the_plan_asks(
    name: str, plan_named: Named, hard_log: Hard, embedded: Count, agree: Agree
) -> None:
    plan = plan_named(name)
    for seed, rows, threads in ((2, 60, 1), (3, 1_500, 8)):
        path = hard_log(seed, rows)
        agree(embedded(path, plan), _portable(path, plan, threads))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ruled", "gaps"])
def test_rules_agree_where_most_events_have_others_of_their_time(
    name: str, plan_named: Named, hard_log: Hard, embedded: Count, agree: Agree
) -> None:
    path, plan = hard_log(4, 900, times=250), plan_named(name)
    found = _portable(path, plan)
    agree(embedded(path, plan), found)
    done = found.log.facts.action_counts
    assert min(n for action, n in done.items() if action != "review") > 3
    assert [note.split()[0] for note in found.log.facts.notes if "unknown" in note] == [
        "dwell",
        "without",
    ]


@pytest.mark.slow
def test_portable_cells_of_a_simulated_shop_agree(
    tmp_path: Path, embedded: Count, agree: Agree
) -> None:
    plan, path = plan_for("channels"), tmp_path / "log.parquet"
    simulate("channels", 3_000, seed=4).to_parquet(path, coerce_timestamps="us")
    agree(embedded(path, plan), _portable(path, plan))


def test_events_of_one_time_that_a_condition_tells_apart_are_in_the_order_of_what_they_are(
    tmp_path: Path, embedded: Count, agree: Agree
) -> None:
    start, users = pd.Timestamp("2024-07-01", tz="UTC"), range(20)
    looks = [(f"u{u}", start, "view", price) for u in users for price in (1, 5, 9, 7)]
    later = [(f"u{u}", start + pd.Timedelta("1h"), ("look", "buy")[u % 2], 1) for u in users]
    rows = [*looks, *later, ("z", start + pd.Timedelta("9d"), "look", 1)]
    log, path = (
        pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "price"]),
        tmp_path / "log.parquet",
    )
    log.to_parquet(path, coerce_timestamps="us")
    deep = {"name": "deep", "event": "view", "where": "price >= 6"}
    plan = Plan.from_dict(
        {
            "macro": {"event": "buy"},
            "horizon": "1d",
            "actions": [{"name": "view", "event": "view"}, deep],
        }
    )
    agree(embedded(path, plan), _portable(path, plan))


@pytest.mark.real
@pytest.mark.parametrize("name", ["bpi2012_loan", "google_merch_events", "retentioneering_ecom"])
def test_portable_cells_of_real_logs_agree(
    name: str, shared_data: Path, embedded: Count, agree: Agree
) -> None:
    plan = Plan.load(Path(__file__).parents[1] / "real" / "plans" / f"{name}.yaml")
    path = shared_data / f"{name}.parquet"
    agree(embedded(path, plan), _portable(path, plan))


def test_unions_of_bits_become_maxima_with_the_same_rows() -> None:
    log = ibis.memtable({"u": [1, 1, 1, 2], "s": [0, 1, 2, 0], "mask": [1, 6, 0, 4]})
    before = ibis.window(group_by="u", order_by="s", preceding=(None, 1))
    united = log.mutate(done=log.mask.bit_or().over(before)).order_by("u", "s")
    grouped = united.group_by("u").agg(all=united.mask.bit_or()).order_by("u")
    for table in (united, grouped):
        rewritten = portable(table, 3)
        assert "bit_or" not in ibis.to_sql(rewritten).lower()
        assert rewritten.execute().equals(table.execute())


def test_aggregates_of_chosen_rows_in_a_window_pass_over_the_others() -> None:
    log = ibis.memtable({"u": [1, 1, 1, 2], "s": [0, 1, 2, 0], "n": [5, 7, 6, 9]})
    so_far = ibis.cumulative_window(group_by="u", order_by="s")
    odd = log.n % 2 == 1
    told = {"many": log.count(where=odd), "most": log.n.max(where=odd), "all": log.n.max()}
    table = log.mutate(**{name: each.over(so_far) for name, each in told.items()})
    rewritten = portable(table, 1)
    assert "FILTER" not in ibis.to_sql(rewritten, dialect="trino")
    assert rewritten.order_by("u", "s").execute().equals(table.order_by("u", "s").execute())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"log": {"format": "matomo"}}, "log.format 'matomo'"),
        ({"log": {"window": "26w"}}, "log.window"),
        ({"log": {"columns": {"currency": "money"}}}, "macro.currency"),
        (
            {
                "actions": [
                    {"name": f"a{i}", "event": "page", "dwell": f"{i + 1}m"} for i in range(9)
                ]
            },
            "more than 500 sets of actions",
        ),
    ],
)
def test_what_the_embedded_engine_alone_can_do_is_refused(
    change: dict[str, object], said: str, plan_named: Named, hard_log: Hard
) -> None:
    with pytest.raises(InputError, match=said):
        count_here(find_files(hard_log(1, 60)), plan_named("base", **change))


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("timestamp", ["2024-07-01"] * 2, "engines read in different ways"),
        ("p", ["7", "8"], "reads text as numbers"),
        ("timestamp", pd.to_datetime(["2024-07-01"] * 2), "without a zone"),
    ],
)
def test_columns_that_engines_read_differently_are_refused(
    column: str, values: list[object], said: str, plan_named: Named, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"user_id": ["a", "b"], "event": ["view", "buy"], "p": [1, 2]})
    frame["timestamp"] = pd.to_datetime(["2024-07-01"] * 2, utc=True)
    frame[column] = values
    frame.to_parquet(tmp_path / "log.parquet", coerce_timestamps="us")
    plan = plan_named("base", log={"timezone": "Europe/Berlin"})
    with pytest.raises(EventsError, match=said):
        count_here(find_files(tmp_path / "log.parquet"), plan)
