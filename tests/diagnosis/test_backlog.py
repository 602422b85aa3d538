"""The backlog: ranked by money and by what is known, with a test that can be run."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

import microlift as ml
from microlift.diagnosis import Backlog
from microlift.errors import InputError
from microlift.simulate import plan_for, plant, simulate

mpl.use("Agg")
Parquet = Callable[[pd.DataFrame], Path]


@pytest.fixture(scope="module")
def ledger(parquet_of: Parquet) -> Iterator[ml.Ledger]:
    path = parquet_of(simulate("plain", 4_000, 3))
    with ml.read_events(path, plan_for("plain")) as log:
        yield ml.Ledger.from_model(ml.LiftModel(folds=2, rotations=1).fit(ml.moments(log)))


@pytest.fixture(scope="module")
def ideas(ledger: ml.Ledger) -> Backlog:
    return ml.backlog(ledger, top=20)


def test_a_leak_is_the_entry_of_the_ledger_by_the_month(ideas: Backlog, ledger: ml.Ledger) -> None:
    facts = ledger.model.moments_.log.facts
    days = (facts.last_us - facts.first_us) / 86_400e6
    left = ledger.frame.set_index("entry")["value_total"]
    leaks = ideas.frame[ideas.frame["kind"] == "leak"]
    assert len(leaks)
    for row in leaks.to_dict("records"):
        assert row["at_stake"] == pytest.approx(-left[f"left after {row['step']}"] * 30 / days)
        assert row["if_moved"] == pytest.approx(row["at_stake"] / 10)


def test_ideas_are_ranked_by_what_they_bring_times_how_sure_that_is(ideas: Backlog) -> None:
    frame = ideas.frame
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    assert frame["expected"].is_monotonic_decreasing
    assert frame["confidence"].between(0, 1).all()
    assert (frame["expected"] == frame["if_moved"] * frame["confidence"]).all()
    assert frame["hypothesis"].str.len().min() > 20


def test_a_metric_is_counted_and_its_test_sized(ideas: Backlog, ledger: ml.Ledger) -> None:
    log = ledger.model.moments_.log
    row = ideas.frame[ideas.frame["kind"] == "leak"].iloc[0]
    first, then = (
        row["metric"].removeprefix("visits with ").removesuffix(" too").split(" that have ")
    )
    events = log.con.to_pyarrow(log.events.select("user", "session", "mask", "macro")).to_pandas()
    names = [action.name for action in log.plan.actions]
    mask = events["mask"].to_numpy()
    done = {name: (mask >> number) & 1 for number, name in enumerate(names)}
    done["purchase"] = events["macro"].to_numpy()
    by_visit = events.assign(first=done[first], then=done[then]).groupby(["user", "session"])
    visits = by_visit[["first", "then"]].max()
    opened = visits[visits["first"] == 1]
    assert row["rate"] == pytest.approx(opened["then"].mean())
    # The usual rule of thumb for 80 % power: 16 p (1 - p) / delta^2 in each arm.
    thumb = 2 * 16 * row["rate"] * (1 - row["rate"]) / (0.1 * row["rate"]) ** 2
    assert row["sample"] == pytest.approx(thumb, rel=0.1)


@pytest.mark.slow
def test_an_open_fault_comes_first_and_its_step_is_not_listed_twice(parquet_of: Parquet) -> None:
    path = parquet_of(plant(simulate("funnel", 15_000, 1), "shipping_fee", 1))
    with ml.read_events(path, plan_for("funnel")) as log:
        model = ml.LiftModel(folds=2, rotations=1).fit(ml.moments(log))
        found = ml.diagnose(log)
        ideas = ml.backlog(ml.Ledger.from_model(model), found)
    first = ideas.frame.iloc[0]
    assert (first["kind"], first["step"]) == ("fault", "add_to_cart")
    assert ideas.frame["step"].tolist().count("add_to_cart") == 1
    money = found.frame["money"].iloc[0]
    lasted = pd.Timestamp(found.frame["until"].iloc[0]) - pd.Timestamp(found.frame["since"].iloc[0])
    assert first["if_moved"] == pytest.approx(money * 30 / (lasted.days + 1))
    assert first["days"] < 10  # a share that was halved is seen at once
    assert ideas.finding.startswith("First mend add_to_cart: ")


def test_ease_is_left_to_the_reader_and_the_file_is_safe_for_a_spreadsheet(ideas: Backlog) -> None:
    text = ideas.to_csv()
    assert text.splitlines()[0].endswith(",sample,days,ease")
    assert all(not math.isfinite(value) or value > 0 for value in ideas.frame["sample"])
    assert set(ideas.frame["ease"]) == {""}


@pytest.mark.parametrize("effect", [0.0, 5, -0.1, 1.0])
def test_an_effect_that_is_no_share_is_refused(ledger: ml.Ledger, effect: float) -> None:
    with pytest.raises(InputError, match="Write a share between 0 and 1"):
        ml.backlog(ledger, effect=effect)


def test_what_is_no_diagnosis_of_this_log_is_refused(ledger: ml.Ledger) -> None:
    other: Any = ml.rates(ledger.model.moments_.log)
    with pytest.raises(InputError, match="diagnosis= is Rates"):
        ml.backlog(ledger, other)


def test_the_backlog_shows_itself(ideas: Backlog) -> None:
    assert "What to test first" in ideas._repr_html_()
    for narrow in (False, True):
        ideas.plot(narrow=narrow).figure.canvas.draw()
    plt.close("all")


@pytest.mark.slow
def test_friction_that_lowers_is_an_idea(parquet_of: Parquet) -> None:
    with ml.read_events(parquet_of(simulate("lowers", 30_000, 1)), plan_for("lowers")) as log:
        ideas = ml.backlog(ml.Ledger.from_model(ml.LiftModel().fit(ml.moments(log))))
    chat = ideas.frame[ideas.frame["kind"] == "friction"].iloc[0]
    assert chat["step"] == "chat"
    assert "lowers" in chat["evidence"]
