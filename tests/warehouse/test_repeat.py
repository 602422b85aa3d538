"""The journey to the next macro counted elsewhere: what the embedded engine counts of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from microlift.cli import main
from microlift.errors import EventsError, InputError
from microlift.events.files import find_files
from microlift.moments import Moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.warehouse.embedded import count_here
from microlift.warehouse.reading import moments_of

from . import exports

Hard = Callable[..., Path]
Count = Callable[[Path, Plan], Moments]
Named = Callable[..., Plan]
Agree = Callable[[Moments, Moments], None]

# Time and event of each user; `line` tells rows of one time apart, `visit` is a session id. How an
# order was paid stands on the order alone.
FEW: dict[str, list[tuple[str, str, int, str]]] = {
    "twice at once": [
        ("01 09:00", "early", 1, "s1"),  # an event that nobody has after a first macro
        ("01 10:00", "view", 1, "s1"),
        ("01 10:00", "buy", 1, "s2"),
        ("01 10:00", "buy", 1, "s1"),  # of the same place: part of the first
        ("01 10:00", "review", 1, "s1"),  # behind it, by the plan
        ("01 10:00", "buy", 2, ""),  # the log tells it apart: a second one
        ("03 10:00", "view", 1, "s1"),
    ],
    "later": [
        ("01 10:00", "buy", 1, ""),
        ("01 10:05", "view", 1, "s9"),
        ("02 10:00", "page", 1, "s1"),
        ("04 10:00", "buy", 1, "s1"),
    ],
    "once": [("02 10:00", "view", 1, ""), ("02 10:00", "buy", 1, ""), ("20 10:00", "page", 1, "")],
    "never": [("01 08:00", "view", 1, "s1"), ("30 10:00", "page", 1, "s1")],
}
PLAN: dict[str, Any] = {
    "log": {"columns": {"session_id": "visit"}, "sequence": ["line"], "attributes": ["paid"]},
    "macro": {"event": "buy", "repeat": True},
    "horizon": "2d",
    "actions": [
        {"name": "early", "event": "early"},
        {"name": "view", "event": "view"},
        {"name": "order", "event": "buy"},
        {"name": "review", "event": "review", "after": "macro"},
    ],
}


def counted(path: Path, plan: Plan) -> Moments:
    return moments_of(count_here(find_files(path), plan, 2), plan, str(path))


def again(plan: Plan) -> Plan:
    given = plan.to_dict()
    return Plan.from_dict(given | {"macro": given["macro"] | {"repeat": True}})


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of four users."""
    rows = [
        (user, pd.Timestamp(f"2024-07-{at}", tz="UTC"), *rest)
        for user, own in FEW.items()
        for at, *rest in own
    ]
    path = tmp_path_factory.mktemp("few") / "log.parquet"
    columns = ["user_id", "timestamp", "event", "line", "visit"]
    log = pd.DataFrame(rows, columns=columns)
    log = log.assign(paid=log["event"].map({"buy": "card"}))
    log.to_parquet(path, coerce_timestamps="us")
    return path


@pytest.fixture(scope="module")
def table(few: Path) -> pa.Table:
    """What is counted of it elsewhere."""
    return count_here(find_files(few), Plan.from_dict(PLAN), 1)


def test_the_journey_to_the_next_macro_is_that_of_the_embedded_engine(
    few: Path, table: pa.Table, embedded: Count, agree: Agree
) -> None:
    plan = Plan.from_dict(PLAN)
    found, known = moments_of(table, plan, "few"), embedded(few, plan)
    agree(known, found)
    facts = found.log.facts
    assert facts.notes == known.log.facts.notes
    whole = facts.whole
    assert whole is not None
    assert (whole.users, whole.events, whole.macros, whole.tied) == (4, 16, 6, 1)
    assert (whole.firsts, whole.seconds, whole.at_once) == (3, 2, 1)
    assert (facts.users, facts.macros, facts.action_counts["early"]) == (3, 2, 0)
    assert "early" not in facts.event_counts
    # Known at the first macro, which is the first touch of all but one: before all that follows.
    assert facts.attributes == {"paid": ("(other)", "(none)")}


def _with(table: pa.Table, name: str, n: int) -> pa.Table:
    own = pc.fill_null(pc.equal(table["name"], name), False)
    place = table.column_names.index("n")
    return table.set_column(place, "n", pc.if_else(own, n, table["n"]))


def test_counts_of_a_log_in_which_nobody_comes_again_are_refused(table: pa.Table) -> None:
    plan = Plan.from_dict(PLAN)
    last = moments_of(table, plan, "few").log.facts.last_us
    with pytest.raises(EventsError, match=r"of 3 users with a macro \('buy'\) 0 have "):
        moments_of(_with(table, "seconds", 0), plan, "few")
    with pytest.raises(EventsError, match=r"than the 0\.0 days from the earliest of 3 f"):
        moments_of(_with(table, "begin", last), plan, "few")
    with pytest.raises(EventsError, match="0 of them are macros"):
        moments_of(_with(table, "whole_macros", 0), plan, "few")
    with pytest.raises(InputError, match="not whole"):
        moments_of(table.filter(pc.not_equal(table["name"], "at_once")), plan, "few")


def _notes(found: Moments) -> list[str]:
    """Notes without that of missing values, of which one engine counts doubles."""
    return [note for note in found.log.facts.notes if "readable value" not in note]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("visits", (3, 1_500)),
        ("planned", (8, 1_500, 12)),
        ("whole", (8, 1_500, 12)),
        ("again", (8, 1_500, 12)),
        ("gaps", (8, 1_500, 12)),
        ("clock", (3, 1_500)),
    ],
)
def test_it_agrees_whatever_the_plan_asks_and_however_many_events_share_a_time(
    name: str, log: tuple[int, ...], plan_named: Named, hard_log: Hard, embedded: Count,
    agree: Agree,
) -> None:  # fmt: skip
    path, plan = hard_log(*log), again(plan_named(name))
    found, known = counted(path, plan), embedded(path, plan)
    agree(known, found)
    assert _notes(found) == _notes(known)
    whole = found.log.facts.whole
    assert whole is not None
    assert whole.users > whole.firsts > whole.seconds > 20
    assert whole.tied > 0 or log[-1] > 12
    assert len(found.cells) > 150


@pytest.mark.slow
def test_the_next_macro_of_an_export_agrees(tmp_path: Path, embedded: Count, agree: Agree) -> None:
    folder = exports.write_export(tmp_path, exports.hard_rows(5, 1_000), 1)
    plan = again(exports.plan_of())
    agree(embedded(folder, plan), counted(folder, plan))


@pytest.mark.slow
def test_lift_of_cells_says_what_it_is_about_as_lift_of_the_log_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again(plan_for("channels")).save(tmp_path / "plan.yaml")
    log = simulate("channels", 3_000, seed=5)
    # Everybody comes back after a month, and does the same once more.
    later = log.assign(timestamp=pd.to_datetime(log["timestamp"]) + pd.Timedelta("31d"))
    both = pd.concat([log, later], ignore_index=True)
    both.to_parquet(tmp_path / "log.parquet", coerce_timestamps="us")
    plan = ["--plan", str(tmp_path / "plan.yaml"), "--quiet"]
    events, cells = ["--events", str(tmp_path / "log.parquet")], str(tmp_path / "cells.parquet")
    assert main(["cells", *plan, *events, "--out", cells]) == 0
    capsys.readouterr()
    said = []
    for given, out in ((events, "a"), (["--cells", cells], "b")):
        folder = str(tmp_path / out)
        assert main(["lift", *plan, "--no-checks", *given, "--out", folder]) == 0
        said.append(capsys.readouterr().out.replace(folder, ""))
    assert said[0] == said[1]
    assert "This is about the next macro" in said[0]
    assert (tmp_path / "a" / "lift.csv").read_bytes() == (tmp_path / "b" / "lift.csv").read_bytes()
