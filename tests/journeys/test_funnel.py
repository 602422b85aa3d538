"""Funnels on logs small enough to count by hand; see test_funnel_oracle for all the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import microlift as ml
from microlift.errors import InputError
from microlift.models import LiftModel
from microlift.reporting.funnels import funnel_bars
from microlift.simulate import plan_for, simulate

Parquet = Callable[[pd.DataFrame], Path]
Row = tuple[str, str, str, str]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["device"]},
    "macro": {"event": "buy", "value": 20, "currency": "EUR"},
    "horizon": "1d",
    "actions": [
        {"name": "view", "event": "view"},
        {"name": "cart", "event": "cart"},
        {"name": "chat", "event": "chat", "kind": "secondary"},
        {"name": "sale view", "event": "view", "where": "device = 'tv'", "kind": "exploration"},
        {"name": "review", "event": "review", "kind": "secondary", "after": "macro"},
    ],
    "funnel": ["view", "cart"],
}

# Six visitors: what they did, and what a funnel must make of it.
ROWS: list[Row] = [
    ("anna", "2026-01-01 10:00", "view", "phone"),  # all of it, in an hour
    ("anna", "2026-01-01 10:30", "cart", "phone"),
    ("anna", "2026-01-01 11:00", "buy", "phone"),
    ("bob", "2026-01-01 10:00", "view", "phone"),  # too late at first; in time the second time
    ("bob", "2026-01-09 10:00", "view", "phone"),
    ("bob", "2026-01-09 12:00", "cart", "phone"),
    ("carl", "2026-01-01 10:00", "cart", "desk"),  # the cart before the view
    ("carl", "2026-01-01 10:10", "view", "desk"),
    ("carl", "2026-01-01 10:20", "chat", "desk"),
    ("dora", "2026-01-01 10:00", "view", "desk"),  # at one time: the order of the plan counts
    ("dora", "2026-01-01 10:00", "cart", "desk"),
    ("dora", "2026-01-05 10:00", "buy", "desk"),
    ("emil", "2026-01-01 10:00", "view", "desk"),  # looks twice, then nothing more
    ("emil", "2026-01-02 10:00", "view", "desk"),
    ("fay", "2026-01-01 10:00", "buy", "desk"),  # straight to the macro
    ("fay", "2026-01-02 10:00", "review", "desk"),
]


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "device"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], utc=True))


@pytest.fixture(scope="module")
def six(parquet_of: Parquet) -> ml.EventLog:
    return ml.read_events(parquet_of(_frame(ROWS)), ml.Plan.from_dict(PLAN))


@pytest.mark.parametrize(
    ("asked", "users"),
    [
        # view, cart, buy
        ({}, [5, 3, 2]),  # anna, bob and dora; carl's cart came before
        ({"within": "2d"}, [5, 3, 1]),  # bob by his second attempt; dora buys too late
        ({"within": "4d"}, [5, 3, 2]),  # the limit itself is in time
        ({"within": "59m"}, [5, 2, 0]),  # anna and dora; bob's cart took two hours
        ({"step_within": "2h"}, [5, 3, 1]),
        ({"step_within": "30m"}, [5, 2, 1]),
        ({"order": "any"}, [5, 4, 2]),  # carl too
        ({"order": "any", "within": "20m"}, [5, 2, 0]),  # carl and dora
        ({"kind": "open"}, [5, 4, 3]),
    ],
)
def test_who_counts_at_a_step_is_what_was_asked(
    six: ml.EventLog, asked: dict[str, Any], users: list[int]
) -> None:
    assert ml.funnel(six, **asked).to_frame()["users"].tolist() == users


def test_each_column_of_the_frame_is_what_its_name_says(six: ml.EventLog) -> None:
    frame = ml.funnel(six).to_frame().set_index("step")
    assert frame["came"].tolist() == [0, 3, 2]
    assert frame["of_first"].tolist() == pytest.approx([1, 3 / 5, 2 / 5])
    assert frame["of_before"].tolist() == pytest.approx([np.nan, 3 / 5, 2 / 3], nan_ok=True)
    assert frame["lost"].tolist() == [2, 1, 0]
    # To the cart: 30 minutes, two hours from the second view, at once. To buy: 30 minutes, 4 days.
    assert frame["median_hours"].tolist() == pytest.approx([np.nan, 0.5, 48.25], nan_ok=True)
    assert frame["money_lost"].isna().all()
    # After the last view, carl chats; emil, who views twice, does nothing more.
    assert frame["left_to"].tolist() == ["chat 50%, nothing more 50%", "nothing more 100%", ""]
    oracle = stats.binomtest(2, 3).proportion_ci(method="wilson")
    found = frame.loc["buy", ["of_before_low", "of_before_high"]].tolist()
    assert found == pytest.approx([oracle.low, oracle.high])


def test_an_open_funnel_asks_of_each_step_and_the_next_whether_one_led_to_the_other(
    six: ml.EventLog,
) -> None:
    found = ml.funnel(six, kind="open")
    frame = found.to_frame()
    assert frame["users"].tolist() == [5, 4, 3]
    assert frame["came"].tolist() == [0, 3, 2]  # carl enters at the cart, fay at the purchase
    assert frame["of_before"].tolist() == pytest.approx([np.nan, 3 / 5, 2 / 4], nan_ok=True)
    assert frame["of_first"].tolist() == pytest.approx([5 / 6, 4 / 6, 3 / 6])
    assert frame["lost"].tolist() == [2, 2, 0]
    assert "of the 6 who enter" in found.finding


@pytest.mark.slow
def test_an_event_that_is_two_steps_is_both_and_ties_stand_in_the_order_of_the_plan(
    parquet_of: Parquet,
) -> None:
    rows = [
        ("gus", "2026-01-01 10:00", "view", "tv"),  # a view, and a sale view
        ("hal", "2026-01-01 10:00", "cart", "tv"),  # at one time with the view: after it
        ("hal", "2026-01-01 10:00", "view", "tv"),
        ("ida", "2026-01-04 10:00", "buy", "tv"),
    ]
    with ml.read_events(parquet_of(_frame(rows)), _plan("chat", "review")) as log:
        both = ml.funnel(log, ["view", "sale view"]).to_frame()
        assert (both["users"].tolist(), both["median_hours"][1]) == ([2, 2], 0)
        assert ml.funnel(log, ["sale view", "view"]).to_frame()["users"].tolist() == [2, 2]
        assert ml.funnel(log, ["view", "cart"]).to_frame()["users"].tolist() == [2, 1]
        assert ml.funnel(log, ["cart", "view"]).to_frame()["users"].tolist() == [1, 0]
        assert ml.funnel(log, ["cart", "view"], order="any").to_frame()["users"].tolist() == [1, 1]


def _many(done: dict[str, int], devices: tuple[str, ...] = ("phone",)) -> pd.DataFrame:
    """The first so many visitors did each thing, one thing a minute."""
    rows = [
        (f"u{i}", f"2026-01-01 10:{minute:02}", event, devices[i % len(devices)])
        for minute, (event, count) in enumerate(done.items())
        for i in range(count)
    ]
    return _frame([*rows, ("u0", "2026-01-09 10:00", "page", devices[0])])


@pytest.mark.parametrize(
    ("done", "step", "rate", "lost"),
    [
        ({"view": 10_000, "cart": 200, "buy": 20}, "cart", 0.02, "view: 9,800 of 10,000"),
        ({"view": 1_500, "cart": 1_500, "buy": 150}, "buy", 0.10, "cart: 1,350 of 1,500"),
    ],
)
def test_the_numbers_of_the_field_come_out(
    parquet_of: Parquet, done: dict[str, int], step: str, rate: float, lost: str
) -> None:
    with ml.read_events(parquet_of(_many(done)), _plan("review", "chat", "sale view")) as log:
        found = ml.funnel(log)
    row = found.to_frame().set_index("step").loc[step]
    assert row["of_before"] == pytest.approx(rate)
    oracle = stats.binomtest(int(row["came"]), round(row["came"] / rate)).proportion_ci(
        method="wilson"
    )
    assert (row["of_before_low"], row["of_before_high"]) == pytest.approx((oracle.low, oracle.high))
    assert f"lost after {lost} visitors ({1 - rate:.2%}, 95 % interval" in found.finding


def _plan(*without: str) -> ml.Plan:
    actions = [action for action in PLAN["actions"] if action["name"] not in without]
    return ml.Plan.from_dict({**PLAN, "actions": actions})


@pytest.mark.slow
def test_a_funnel_by_segment_counts_them_apart_and_names_the_step_that_differs(
    parquet_of: Parquet,
) -> None:
    phone = _many({"view": 400, "cart": 200, "buy": 20}, ("phone",))
    desk = _many({"view": 300, "cart": 150, "buy": 90}, ("desk",))
    both = pd.concat([phone, desk.assign(user_id="d" + desk["user_id"])])
    with ml.read_events(parquet_of(both), _plan("review", "chat", "sale view")) as log:
        found = ml.funnel(log, by="device")
        apart = [ml.funnel(log), ml.funnel(log, kind="open", by="device")]
    frame = found.to_frame().set_index(["segment", "step"])
    assert frame["users"].to_dict() == {
        ("desk", "view"): 300, ("desk", "cart"): 150, ("desk", "buy"): 90,
        ("phone", "view"): 400, ("phone", "cart"): 200, ("phone", "buy"): 20,
    }  # fmt: skip
    # Two steps are tested: the rates 1/2 and 1/2, and 90 of 150 against 20 of 200.
    table = np.array([[90, 60], [20, 180]])
    p_value = stats.chi2_contingency(table, correction=False).pvalue
    assert frame.loc[("desk", "buy"), "q_value"] == pytest.approx(2 * p_value)
    assert frame.loc[("desk", "cart"), "q_value"] == pytest.approx(1)
    assert "buy differs most by device: 60.00% of desk come on to it against" in found.finding
    assert frame.groupby("step")["users"].sum().to_dict() == {
        row["step"]: row["users"] for row in apart[0].to_frame().to_dict("records")
    }
    assert apart[1].to_frame()["users"].tolist() == found.to_frame()["users"].tolist()


@pytest.mark.slow
def test_the_money_lost_is_what_the_ledger_books(
    fitted: Callable[..., LiftModel], parquet_of: Parquet
) -> None:
    ledger = ml.Ledger.from_model(fitted("plain", 4_000, 3))
    steps = ["view_item", "add_to_cart", "purchase"]
    with ml.read_events(parquet_of(simulate("plain", 4_000, 3)), plan_for("plain")) as log:
        found = ml.funnel(log, steps, ledger=ledger)
        with pytest.raises(InputError, match=r"the ledger books all users together"):
            ml.funnel(log, steps, by="channel", ledger=ledger)
    booked = ledger.to_frame().set_index("entry")["value_total"]
    money = found.to_frame()["money_lost"].tolist()
    expected = [-booked[f"left after {step}"] for step in ("view_item", "add_to_cart")]
    assert money[:2] == pytest.approx(expected)
    assert np.isnan(money[2])
    assert f"Most money, {max(expected):,.0f} {found.currency}, is lost after" in found.finding


def test_the_ledger_of_another_log_is_refused(
    six: ml.EventLog, fitted: Callable[..., LiftModel]
) -> None:
    with pytest.raises(InputError, match="ledger= is that of another log"):
        ml.funnel(six, ledger=ml.Ledger.from_model(fitted("plain", 4_000, 3)))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"steps": ["view", "crat"]},
            r"'crat', which is no action of the plan \(nearest: 'chat', 'cart'",
        ),
        ({"steps": ["view"]}, r"steps has 1 steps \('view'\).*Name at least two"),
        ({"steps": "view"}, r"steps has 1 steps"),
        ({"steps": []}, r"steps has 0 steps"),
        ({"steps": ["view", "cart", "view"]}, r"'view' more than once"),
        ({"steps": ["buy", "cart"]}, r"the macro 'buy' before the last step"),
        ({"steps": ["view", "review"]}, r"'review', which comes after the macro"),
        ({"within": "0d"}, r"within='0d' leaves no time at all"),
        ({"within": 7}, r"within=7 is no duration: without a unit"),
        ({"step_within": "7"}, r"step_within: Got '7', which is not a duration"),
        ({"step_within": "1h", "order": "any"}, r"without an order no step is the one before"),
        ({"order": "loose"}, r"order='loose' is neither 'strict' nor 'any'"),
        ({"kind": "half"}, r"kind='half' is neither 'closed' nor 'open'"),
        ({"by": "devise"}, r"by='devise' is no attribute: the plan has 'device'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(
    six: ml.EventLog, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        ml.funnel(six, **asked)


def test_a_plan_without_a_funnel_asks_for_steps(parquet_of: Parquet) -> None:
    plan = ml.Plan.from_dict({**PLAN, "funnel": []})
    with (
        ml.read_events(parquet_of(_frame(ROWS)), plan) as log,
        pytest.raises(InputError, match=r"The plan has no funnel.*'cart', 'chat', 'review'"),
    ):
        ml.funnel(log)


def test_a_funnel_that_nobody_enters_says_so(six: ml.EventLog) -> None:
    found = ml.funnel(six, ["sale view", "cart"])
    assert found.to_frame()["users"].tolist() == [0, 0]
    assert found.to_frame()["of_before"].isna().all()
    assert "0 visitors are in the funnel" in found.finding
    assert "–" in found._repr_html_()
    plt.close(found.plot().figure)


@pytest.mark.slow
def test_results_show_themselves_and_hostile_names_stay_text(parquet_of: Parquet) -> None:
    name = '<img src=x onerror="alert(1)">'
    actions = [{"name": name, "event": "view"}, PLAN["actions"][1]]
    plan = ml.Plan.from_dict({**PLAN, "actions": actions, "funnel": [name, "cart"]})
    rows = [*ROWS, *((f"u{i}", "2026-01-01 10:00", "view", "<b>\x1b[31m") for i in range(12))]
    with ml.read_events(parquet_of(_frame(rows)), plan) as log:
        for found in (ml.funnel(log), ml.funnel(log, by="device"), ml.funnel(log, kind="open")):
            page = found._repr_html_()
            assert "<img" not in page
            assert "<b>" not in page
            assert found.finding in repr(found)
            assert "\x1b" not in found.finding
            for narrow in (False, True):
                axes = found.plot(narrow=narrow)
                assert axes.get_xlabel()
                plt.close(axes.figure)


@pytest.mark.slow
def test_the_bars_are_the_users_and_the_share_of_the_step_before_stands_beside(
    six: ml.EventLog,
) -> None:
    found = ml.funnel(six)
    axes = found.plot()
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == [0, 5, 5, 3, 3, 2]  # each after its shadow, the bar of the step before
    texts = {text.get_text() for text in axes.texts}
    assert {"enter here", "60.0 %  (23.1 to 88.2 %)", "5", "2"} <= texts
    plt.close(axes.figure)
    many = pd.concat([found.to_frame().assign(segment=f"s{i}") for i in range(20)])
    axes = funnel_bars(many, by="device")
    assert axes.get_xlabel().endswith("; 27 more rows are in the table")
    plt.close(axes.figure)
