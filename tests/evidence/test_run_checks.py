"""All checks in one go: what fails loses its verdict, and the note says why."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from microlift import (
    Check,
    balance,
    confounder,
    heavy_users,
    overlap,
    placebo_outcome,
    run_checks,
    stability,
)
from microlift.events import read_events
from microlift.evidence.evidence import CHECKS
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

from .conftest import PLAN, OpenModel, crossed

Shop = Callable[..., LiftModel]
APART = ((0.4, 0.1), (0.1, 0.4)), ((0.25, 0.05), (0.05, 0.25))
ALIKE = ((0.3, 0.2), (0.2, 0.1)), ((0.2, 0.1), (0.1, 0.05))


def test_an_action_that_fails_a_check_is_not_identified_and_its_note_says_why(
    crossed_model: Shop,
) -> None:
    model = crossed_model(*APART)
    assert model.lift_.frame["verdict"].tolist() == ["raises", "no evidence"]
    evidence = run_checks(model)
    revised = evidence.revised.frame
    assert revised["verdict"].tolist() == ["not identified", "no evidence"]
    assert "check failed: balance: after weighting, channel: " in revised["note"][0]
    assert "check failed: placebo action: " in revised["note"][0]
    assert revised["note"][1] == ""
    assert model.lift_.frame["verdict"][0] == "raises", "the model itself is left alone"
    assert "'act' loses its verdict" in evidence.finding


def test_there_is_one_row_a_check_and_one_column_an_action(crossed_model: Shop) -> None:
    evidence = run_checks(crossed_model(*ALIKE))
    frame = evidence.to_frame()
    assert list(frame.columns) == ["check", "verdict", "act", "look", "finding"]
    assert len(frame) == len(CHECKS)
    assert frame["verdict"].isin([True, None]).all()
    assert "the verdicts stand" in evidence.finding
    assert all(isinstance(check, Check) and check.finding for check in evidence.checks)
    assert evidence.revised.frame.equals(crossed_model(*ALIKE).lift_.frame)


def test_chosen_checks_are_run_in_their_order(crossed_model: Shop) -> None:
    evidence = run_checks(crossed_model(*ALIKE), [balance, overlap])
    assert [check.name for check in evidence.checks] == ["balance", "overlap"]


def test_a_warning_takes_no_verdict_away_and_is_drawn_as_one(crossed_model: Shop) -> None:
    channel = ((0.6, 0.6), (0.1, 0.1)), ((0.2, 0.2), (0.06, 0.06))  # it raises both
    model = crossed_model(*channel, effect=1.4)
    evidence = run_checks(model, [confounder])
    assert evidence.checks[0].warned == ("act",)
    assert evidence.checks[0].verdict is False
    assert evidence.revised.frame.equals(model.lift_.frame)
    assert "A warning: 'act' (unmeasured confounder)" in evidence.finding
    legend = evidence.plot().get_legend()
    assert legend is not None
    assert "warning" in [text.get_text() for text in legend.get_texts()]
    page = evidence.to_html()
    assert "warning" in page
    assert "failed</" not in page


def test_checks_that_count_events_are_not_judged_where_the_log_is_closed(
    crossed_model: Shop,
) -> None:
    evidence = run_checks(crossed_model(*ALIKE), [placebo_outcome, heavy_users, stability])
    assert [check.name for check in evidence.checks] == [
        "placebo outcome", "heavy users", "stability",
    ]  # fmt: skip
    for check in evidence.checks:
        assert check.verdict is None
        assert "log of this model is closed" in check.finding
        assert "not judged" in check.to_html()
        check.plot(narrow=True)


@pytest.mark.slow
def test_checks_that_count_events_are_run_where_the_log_is_open(open_model: OpenModel) -> None:
    with open_model(simulate("plain", 4_000, 1), plan_for("plain")) as model:
        evidence = run_checks(model)
    known = evidence.frame.set_index("check")["verdict"]
    assert known[["placebo outcome", "heavy users", "stability"]].notna().all()
    assert known["placebo outcome"] is True
    assert known["stability"] is True


@pytest.mark.slow
def test_hostile_names_are_text_everywhere(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    odd = "<script>$x$" + "é" * 70
    plan = Plan.from_dict(
        {
            **PLAN,
            "actions": [{"name": odd, "event": "act"}, {"name": "finding", "event": "look"}],
        }
    )
    rows = crossed(2_000, 1, *APART)
    rows["channel"] = rows["channel"].replace("email", odd)
    with read_events(parquet_of(rows), plan) as log:
        model = LiftModel(rotations=1).fit(moments(log))
    evidence = run_checks(model)
    assert list(evidence.frame.columns)[3:] == ["finding (action)", "finding"]
    for shown in (evidence, *evidence.checks):
        page = shown._repr_html_()
        assert "<script>" not in page
        assert "\x1b" not in shown.finding
        assert len(shown.finding) < 1_000
        for narrow in (False, True):
            shown.plot(narrow=narrow)


@pytest.mark.slow
@pytest.mark.parametrize("users", [1, 60])
def test_where_nothing_is_identified_no_check_fails(
    parquet_of: Callable[[pd.DataFrame], Path], users: int
) -> None:
    all_of_them = (1.0, 1.0), (1.0, 1.0)
    rows = crossed(users, 1, all_of_them, all_of_them)
    rows = rows[rows["event"] != "look"]
    one = rows[rows["user_id"] == 0].assign(event="look")
    with read_events(parquet_of(pd.concat([rows, one])), Plan.from_dict(PLAN)) as log:
        model = LiftModel(rotations=1).fit(moments(log))
    evidence = run_checks(model)
    assert [check.verdict for check in evidence.checks[:5]] == [None] * 5
    assert evidence.revised.frame.equals(model.lift_.frame)
    for shown in (evidence, *evidence.checks):
        shown.plot()
        assert shown._repr_html_()
