"""Assists, paths, transitions and flow on logs small enough to count by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import microlift as ml
from microlift.errors import InputError
from microlift.reporting.flows import flow_ribbons
from microlift.reporting.transitions import heat_map

Parquet = Callable[[pd.DataFrame], Path]
Row = tuple[str, str, str, str]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["channel"]},
    "macro": {"event": "buy", "value": 50, "currency": "EUR"},
    "horizon": "7d",
    "actions": [
        {"name": "guide", "event": "download"},
        {"name": "mail", "event": "visit", "where": "channel = 'email'"},
        {"name": "cart", "event": "cart"},
        {"name": "review", "event": "review", "after": "macro"},
    ],
}

# Six visitors, and what becomes of them in a log that ends on 2 February.
ROWS: list[Row] = [
    ("anna", "2026-01-05 10:00", "download", "organic"),  # Monday
    ("anna", "2026-01-07 10:00", "visit", "email"),  # Wednesday
    ("anna", "2026-01-09 10:00", "buy", "email"),  # Friday
    ("anna", "2026-01-10 10:00", "review", "email"),
    ("bob", "2026-01-05 10:00", "download", "organic"),  # too early for his purchase
    ("bob", "2026-01-13 10:00", "cart", "organic"),
    ("bob", "2026-01-13 11:00", "cart", "organic"),
    ("bob", "2026-01-13 12:00", "buy", "organic"),
    ("bob", "2026-01-14 12:00", "buy", "organic"),  # again, with nothing between
    ("carl", "2026-01-06 10:00", "download", "organic"),  # left
    ("carl", "2026-01-06 10:30", "cart", "organic"),
    ("dora", "2026-01-31 10:00", "cart", "organic"),  # may still go on
    ("emil", "2026-01-08 10:00", "buy", "organic"),  # straight to it
    ("fay", "2026-02-02 10:00", "page", "organic"),  # nothing planned
]

LAST: Row = ("u0", "2026-01-20", "page", "x")


def _plan(*actions: str, **changes: object) -> ml.Plan:
    kept = [action for action in PLAN["actions"] if action["name"] in actions]
    return ml.Plan.from_dict({**PLAN, "actions": kept, **changes})


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "channel"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], utc=True))


@pytest.fixture(scope="module")
def six(parquet_of: Parquet) -> Iterator[ml.EventLog]:
    with ml.read_events(parquet_of(_frame(ROWS)), ml.Plan.from_dict(PLAN)) as log:
        yield log


def test_the_download_of_monday_assisted_the_purchase_of_friday(six: ml.EventLog) -> None:
    found = ml.assists(six)
    frame = found.to_frame().set_index("action")
    assert list(frame.index) == ["guide", "mail", "cart"]
    #                 any, assisted, first, last
    expected = {"guide": [1, 1, 1, 0], "mail": [1, 0, 0, 1], "cart": [1, 0, 1, 1]}
    for action, counts in expected.items():
        assert frame.loc[action, ["any", "assisted", "first", "last"]].tolist() == counts
        assert frame.loc[action, ["users", "macros"]].tolist() == [1, 4]
    assert frame["assisted_value"].tolist() == [50, 0, 0]
    oracle = stats.binomtest(1, 4).proportion_ci(method="wilson")
    low, high = frame.loc["guide", ["assisted_low", "assisted_high"]]
    assert low <= oracle.low  # wider where buckets of users differ
    assert high >= oracle.high
    assert "guide assists most: it comes before 25.00% of 4 macros" in found.finding
    assert "Of 4 macros 2 have none" in found.notes[0]
    assert any("come after the macro: review" in note for note in found.notes)


def test_a_wider_window_sees_the_download_of_bob(six: ml.EventLog) -> None:
    frame = ml.assists(six, within="8d").to_frame().set_index("action")
    assert frame.loc["guide", ["any", "assisted"]].tolist() == [1, 1]
    frame = ml.assists(six, within="9d").to_frame().set_index("action")
    assert frame.loc["guide", ["any", "assisted"]].tolist() == [2, 2]


@pytest.mark.slow
def test_assists_by_channel_are_those_of_the_first_touch_and_say_so(parquet_of: Parquet) -> None:
    rows = [
        (f"{channel}{i}", f"2026-01-0{day} 10:00", event, channel)
        for channel, with_guide in (("ads", 30), ("mail", 6))
        for i in range(40)
        for day, event in ((2, "download"), (3, "cart"), (4, "buy"))
        if event != "download" or i < with_guide
    ]
    rows.append(("last", "2026-01-20 10:00", "page", "ads"))
    with ml.read_events(parquet_of(_frame(rows)), _plan("guide", "cart")) as log:
        found = ml.assists(log, by="channel")
    frame = found.to_frame().set_index(["segment", "action"])
    assert frame["assisted"].to_dict() == {
        ("ads", "guide"): 30, ("mail", "guide"): 6, ("ads", "cart"): 0, ("mail", "cart"): 0,
    }  # fmt: skip
    assert set(frame["macros"]) == {40}
    # The cart, which never assists, is not tested.
    p_value = stats.chi2_contingency([[30, 10], [6, 34]], correction=False).pvalue
    assert frame.loc[("ads", "guide"), "q_value"] >= p_value
    assert "guide differs most by channel: it assists 75.00% of the macros of ads" in found.finding
    assert any("channel is that of a user's first touch" in note for note in found.notes)
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        assert [bar.get_width() for bar in axes.patches][::2] == [0.75, 0.15]
        plt.close(axes.figure)


def test_paths_to_the_macro_are_the_last_steps_within_the_horizon(six: ml.EventLog) -> None:
    found = ml.paths(six)
    frame = found.to_frame().set_index("path")
    assert frame["users"].to_dict() == {
        "(nothing planned) → buy": 1, "guide → mail → buy": 1, "cart → buy": 1,
    }  # fmt: skip
    assert frame.loc["guide → mail → buy", "median_hours"] == 96
    assert frame.loc["cart → buy", "median_hours"] == 1  # from the last time in a row
    oracle = stats.binomtest(1, 3).proportion_ci(method="wilson")
    assert frame[["low", "high"]].iloc[0].tolist() == pytest.approx([oracle.low, oracle.high])
    # Dora, who alone begins with a cart, came too late to tell.
    assert frame["began"].tolist() == pytest.approx([np.nan, 1, 0], nan_ok=True)
    assert frame["macro_rate"].tolist() == pytest.approx([np.nan, 1, np.nan], nan_ok=True)
    assert "Of 6 users 3 reached buy, 1 left, 1 are still open, and 1 did nothing" in found.notes[0]


def test_who_may_still_go_on_has_not_left(six: ml.EventLog) -> None:
    found = ml.paths(six, "leaving")
    assert found.to_frame()["path"].tolist() == ["guide → cart → (left)"]
    assert found.of == 1
    assert ml.paths(six, "leaving", length=1).to_frame()["path"].tolist() == ["… → cart → (left)"]


def test_repeats_are_one_step_unless_asked_for(six: ml.EventLog) -> None:
    assert "cart → cart → buy" in ml.paths(six, repeats=True).to_frame()["path"].tolist()
    counts = ml.transitions(six, repeats=True).matrix("count")
    assert counts.loc["cart", "cart"] == 1
    assert ml.transitions(six).matrix("count").loc["cart", "cart"] == 0


def test_the_matrix_holds_what_comes_after_each_step(six: ml.EventLog) -> None:
    found = ml.transitions(six)
    counts = found.matrix("count")
    assert list(counts.columns) == ["guide", "mail", "cart", "buy", "(left)", "(still open)"]
    assert counts.astype(int).to_numpy().tolist() == [
        [3, 0, 1, 1, 0, 0],  # (start): anna, bob, carl; dora; emil
        [0, 1, 2, 0, 0, 0],  # guide
        [0, 0, 0, 1, 0, 0],  # mail
        [0, 0, 0, 1, 1, 1],  # cart
    ]
    assert found.matrix().sum(axis=1).tolist() == pytest.approx([1] * 4)
    visits = ml.transitions(six, visits=True).matrix("count")
    assert visits.loc["guide", "(next visit)"] == 2
    assert visits.loc["(next visit)", "mail"] == 1


@pytest.mark.slow
def test_results_show_themselves_with_names_as_text(parquet_of: Parquet) -> None:
    plan = ml.Plan.from_dict(
        {**PLAN, "actions": [{"name": "<img src=x>", "event": "cart"}], "macro": {"event": "<b>"}}
    )
    rows = [("u", "2026-01-01", "cart", "x"), ("u", "2026-01-02", "<b>", "x"), LAST]
    with ml.read_events(parquet_of(_frame(rows)), plan) as log:
        found = ml.transitions(log)
    page = found._repr_html_()
    assert "<img" not in page
    assert "&lt;b&gt;" in page
    assert repr(found).startswith(found.finding)
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        assert axes.get_xlabel() == "next step, in % of each row"
        assert [text.get_text() for text in axes.texts] == ["100", "100"]
        plt.close(axes.figure)


def test_the_flow_counts_a_user_once_in_each_step(six: ml.EventLog) -> None:
    found = ml.flow(six, 2)
    frame = found.to_frame()
    assert frame.groupby("step")["users"].sum().to_dict() == {1: 5, 2: 4}  # emil is there at once
    assert "Of 5 users most begin with guide (60.00%" in found.finding
    assert found.notes[0].startswith("5 of 6 users did something planned")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda log: ml.paths(log, "cart"), r"to='cart' is neither 'macro' nor 'leaving'"),
        (lambda log: ml.paths(log, length=0), r"length=0 is no number of steps.*from 1 to 10"),
        (lambda log: ml.paths(log, length=True), r"length=True is no number"),
        (lambda log: ml.paths(log, top=101), r"top=101 is no number of paths"),
        (lambda log: ml.paths(log, within="0d"), r"within='0d' leaves no time at all"),
        (lambda log: ml.paths(log, within=7), r"within=7 is no duration"),
        (lambda log: ml.flow(log, 2.5), r"steps=2.5 is no number of steps"),
        (lambda log: ml.assists(log, by="chanel"), r"by='chanel' is no attribute"),
        (lambda log: ml.assists(log, within="7"), r"within: Got '7'"),
        (lambda log: ml.transitions(log).matrix("shares"), r"values='shares' is neither"),
        (lambda log: ml.assists(log).plot("cort"), r"action='cort' is not among"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(
    six: ml.EventLog, ask: Callable[[ml.EventLog], object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        ask(six)


def _looks(log: ml.EventLog) -> list[ml.Assists | ml.Paths | ml.Transitions | ml.Flow]:
    looks = [ml.assists(log), ml.paths(log), ml.paths(log, "leaving")]
    return [*looks, ml.transitions(log), ml.flow(log)]


def _shown(log: ml.EventLog, banned: tuple[str, ...] = ()) -> list[str]:
    """Draw and write all looks; return their findings."""
    looks = _looks(log)
    for found in looks:
        page, text = found._repr_html_(), repr(found)
        assert text.startswith(found.finding)
        assert not any(word in page for word in banned)
        assert "\x1b" not in text
        for narrow in (False, True):
            axes = found.plot(narrow=narrow)
            assert axes.get_xlabel()
            axes.figure.canvas.draw()
            plt.close(axes.figure)
    return [found.finding for found in looks]


@pytest.mark.slow
def test_hostile_names_stay_text_and_bounded(parquet_of: Parquet) -> None:
    names = ['<img src=x onerror="alert(1)">', "=HYPERLINK(1) → $x_5$", "(left)", "b" * 100]
    actions = [{"name": name, "event": f"e{i}"} for i, name in enumerate(names)]
    macro = {"event": "<b>\x1b[31m" + "m" * 3_000}
    plan = ml.Plan.from_dict({**PLAN, "actions": actions, "macro": macro})
    rows = [
        (f"u{i}", f"2026-01-0{1 + day} 10:00", event, "<i>\x1b")
        for i in range(12)
        for day, event in enumerate(["e0", "e1", "e2", "e3", macro["event"]][: 2 + i % 4])
    ]
    rows.append(("last", "2026-01-20 10:00", "page", "x"))
    with ml.read_events(parquet_of(_frame(rows)), plan) as log:
        findings = _shown(log, ("<img", "<b>", "\x1b"))
        assert ml.assists(log, by="channel").finding
    assert max(map(len, findings)) < 1_200


def _days(users: int, *events: tuple[int, str]) -> list[Row]:
    return [
        (f"u{i}", f"2026-01-{day:02}", event, "x") for i in range(users) for day, event in events
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "plan", "said"),
    [
        # One user who buys, with nothing before it.
        (
            _days(1, (1, "buy"), (9, "cart")),
            _plan("cart"),
            ["so nothing assisted", "(nothing planned) → buy: 1 of 1", "no paths", "", "1 users"],
        ),
        # Everybody buys after one step, at the very time of it.
        (
            _days(12, (1, "cart"), (1, "buy")),
            _plan("cart"),
            ["Nothing assisted", "cart → buy: 12 of 12", "no paths", "100.00% of 12", "12 users"],
        ),
        # The second macro: the first opens the journey, and the review leads to the next one.
        (
            _days(12, (1, "cart"), (2, "buy"), (3, "review"), (4, "cart"), (5, "buy")),
            _plan("cart", "review", macro={"event": "buy", "repeat": True}),
            ["review assists most: it comes before 100.00% of 12", "review → cart → buy: 12", "",
             "", "begin with review"],
        ),
        # By the clock a user has left after its quiet time, and not after the horizon.
        (
            [*_days(3, (1, "cart"), (1, "buy")), ("v", "2026-01-08", "cart", "x"),
             ("w", "2026-01-14", "cart", "x")],
            _plan("cart", moments={"clock": "1d", "quiet": "10d"}, horizon="2d"),
            ["", "", "of those who leave is cart → (left): 1 of 1", "", ""],
        ),
    ],
)  # fmt: skip
def test_odd_logs_are_told_as_they_are(
    parquet_of: Parquet, rows: list[Row], plan: ml.Plan, said: list[str]
) -> None:
    with ml.read_events(parquet_of(_frame([*rows, LAST])), plan) as log:
        for finding, part in zip(_shown(log), said, strict=True):
            assert part in finding


def test_pictures_of_many_actions_bundle_the_rare_ones_and_say_so() -> None:
    names = [f"action {i}" for i in range(30)]
    ends = ("buy", "(left)", "(still open)")
    rows = [(1, "(start)", name, 100 - i) for i, name in enumerate(names)]
    rows += [(2, name, ends[i % 3], 50) for i, name in enumerate(names)]
    frame = pd.DataFrame(rows, columns=["step", "from", "to", "users"])
    axes = flow_ribbons(frame, ends)
    assert "other: the 23 rarest actions" in axes.get_xlabel()
    assert len(axes.texts) == 8 + 3
    plt.close(axes.figure)
    order = (("(start)", *names), (*names, *ends))
    axes = heat_map(frame.rename(columns={"users": "count"}), order)
    assert "the 16 rarest actions are (other)" in axes.get_xlabel()
    assert len(axes.get_yticklabels()) == 1 + 14 + 1
    # What is drawn as one is counted together, and each row adds up.
    first = [float(text.get_text()) for text in axes.texts if text.get_position()[1] == 0.5]
    assert sum(first) == pytest.approx(100, abs=5)
    plt.close(axes.figure)
