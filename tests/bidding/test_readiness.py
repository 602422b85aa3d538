"""Readiness on logs small enough to count by hand: to the visit and to the day."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import microlift as ml
from microlift.bidding.counts import count_log, daily
from microlift.errors import InputError

ReadRows = Callable[..., ml.EventLog]
Rows = list[tuple[str, pd.Timestamp, str, str]]

END = pd.Timestamp("2026-03-31 12:00", tz="UTC")
DAY = pd.Timedelta("1d")
MINUTE = pd.Timedelta("1min")


def _buyers(ages: list[float], campaign: str = "a", wait: pd.Timedelta = 5 * MINUTE) -> Rows:
    """One user for each age: a view, and so many days before the end a purchase."""
    rows: Rows = []
    for age in ages:
        at, user = END - age * DAY, f"{campaign}{len(rows)}"
        rows += [(user, at - wait, "view", campaign), (user, at, "buy", campaign)]
    return rows


def _log_end() -> Rows:
    """Somebody who does a bit of all at the begin of the log, and looks around at its end."""
    return [*_at_begin(100), ("z", END, "page", "a")]


def _at_begin(days: int) -> Rows:
    begin = END - days * DAY
    return [("z", begin, name, "a") for name in ("page", "view", "cart", "checkout")]


def test_the_last_30_days_end_with_the_log_to_the_microsecond(read_rows: ReadRows) -> None:
    tick = pd.Timedelta("1us") / DAY
    ages = [0.5, 29.9, 30 - tick, 30.0, 30.5, 60.0]  # three inside; at 30 days it is outside
    with read_rows(_buyers(ages) + _log_end()) as log:
        row = ml.readiness(log).frame.iloc[0]
        by_day = daily(count_log(log, None).macros, 100)
    assert row["macros"] == 3
    assert by_day.sum() == 6
    assert by_day[-1] == 1  # the last 24 hours
    assert by_day[-30] == 2
    assert by_day[-31] == 2


def test_a_macro_counts_once_a_visit_as_a_platform_counts_one_a_click(read_rows: ReadRows) -> None:
    rows = _buyers([1.0, 2.0]) + _log_end()
    rows += [("a0", END - DAY + MINUTE, "buy", "a")]  # the same visit again
    rows += [("a0", END - DAY + pd.Timedelta("2h"), "buy", "a")]  # another visit
    with read_rows(rows) as log:
        found = ml.readiness(log)
    assert found.frame["macros"].iloc[0] == 3
    assert any("4 macro events lie in 3 visits" in note for note in found.notes)


@pytest.mark.slow
def test_each_campaign_is_judged_by_its_own_macros(read_rows: ReadRows) -> None:
    spread = [0.3 * n + 0.1 for n in range(70)]
    rows = _buyers(spread, "big") + _buyers(spread[:20], "middle") + _buyers(spread[:14], "small")
    with read_rows(rows + _log_end()) as log:
        frame = ml.readiness(log, by="campaign").frame.set_index("segment")
    assert frame["macros"].to_dict() == {
        "account": 104, "big": 70, "middle": 20, "small": 14, **_rest(frame)
    }  # fmt: skip
    assert frame.loc[["account", "big", "middle", "small"], "mode"].tolist() == [
        "macro", "macro", "one stage", "micro"
    ]  # fmt: skip
    assert frame.loc["small", "micro"] == 0  # nobody put anything into the cart
    assert "pool it with others" in frame.loc["small", "note"]


def _rest(frame: pd.DataFrame) -> dict[str, int]:
    """Labels of a log that few users share, such as '(other)'."""
    known = {"account", "big", "middle", "small"}
    return {str(name): 0 for name in frame.index if name not in known}


def test_the_thresholds_hold_on_a_log_as_in_the_table(read_rows: ReadRows) -> None:
    modes = {
        14: "micro", 15: "one stage", 29: "one stage", 30: "macro and micro",
        49: "macro and micro", 50: "macro", 59: "macro", 60: "macro",
    }  # fmt: skip
    rows = _log_end()
    for macros in modes:  # order values of 60: low
        rows += _buyers([29.0 * n / macros + 0.1 for n in range(macros)], f"c{macros}")
    with read_rows(rows) as log:
        frame = ml.readiness(log, by="campaign").frame.set_index("segment")
    assert {n: frame.loc[f"c{n}", "mode"] for n in modes} == modes
    assert {n: frame.loc[f"c{n}", "macros"] for n in modes} == {n: n for n in modes}
    assert set(frame["order_value"].dropna()) == {60.0}


@pytest.mark.slow
def test_orders_of_500_and_more_wait_for_60_macros(read_rows: ReadRows) -> None:
    macro = {"event": "buy", "value": 800.0, "currency": "EUR"}
    ages = [29.0 * n / 55 + 0.1 for n in range(55)]
    with read_rows(_buyers(ages) + _log_end(), macro=macro) as log:
        assert ml.readiness(log).frame["mode"].iloc[0] == "macro and micro"
        own = ml.Thresholds(order_value=1_000.0)
        assert ml.readiness(log, thresholds=own).frame["mode"].iloc[0] == "macro"


@pytest.mark.slow
def test_delays_are_those_from_the_first_touch_and_from_the_visit_that_converts(
    read_rows: ReadRows,
) -> None:
    rows: Rows = []
    for n in range(1, 21):  # the macro comes 1 .. 20 days after the first touch, in a visit of 10'
        first = END - 70 * DAY + n * DAY
        user = f"u{n}"
        at = first + n * DAY
        rows += [(user, first, "view", "a"), (user, at - 10 * MINUTE, "cart", "a")]
        rows += [(user, at, "buy", "a")]
    with read_rows(rows + _log_end()) as log:
        found = ml.readiness(log)
    row = found.frame.iloc[0]
    assert row["delay_median"] == pytest.approx(10, abs=0.05)
    assert row["delay_90"] == pytest.approx(18, abs=0.05)
    assert row["click_median"] == row["click_90"] == pytest.approx(10 / 1440, abs=1e-3)
    cart = found.actions.set_index("action").loc["cart"]
    assert cart["to_median"] == pytest.approx(10 - 10 / 1440, abs=1e-6)  # of 21, one at once
    assert cart["on_median"] == pytest.approx(10 / 1440, abs=1e-6)


@pytest.mark.slow
def test_the_slow_macros_behind_the_end_of_the_log_are_not_forgotten(read_rows: ReadRows) -> None:
    rows: Rows = []
    for n in range(400):  # all convert after 20 days; of the last of them the log does not know it
        first = END - 0.1 * n * DAY
        rows.append((f"u{n}", first, "view", "a"))
        if first + 20 * DAY <= END:
            rows.append((f"u{n}", first + 20 * DAY, "buy", "a"))
        quick = 0.5 * DAY  # and as many after half a day
        rows += [(f"q{n}", first, "view", "a")]
        if first + quick <= END:
            rows.append((f"q{n}", first + quick, "buy", "a"))
    with read_rows(rows + _log_end()) as log:
        row = ml.readiness(log).frame.iloc[0]
    seen = [20.0] * 200 + [0.5] * 396
    assert sorted(seen)[len(seen) // 2] == 0.5  # the naive median
    assert row["delay_90"] == pytest.approx(20, abs=0.1)
    assert row["delay_median"] in (pytest.approx(0.5, abs=0.1), pytest.approx(20, abs=0.1))


@pytest.mark.slow
def test_late_macros_make_way_for_a_stage_that_comes_in_time(read_rows: ReadRows) -> None:
    rows: Rows = []
    for n in range(40):
        buy = END - (0.7 * n + 0.1) * DAY
        rows += [(f"u{n}", buy - 12 * DAY, "cart", "a"), (f"u{n}", buy, "buy", "a")]
    # Visits that hold no cart, so that a cart is a sign of something; carts that lead nowhere.
    rows += [(f"v{n}", END - 0.2 * n * DAY, "page", "a") for n in range(145)]
    rows += [(f"w{n}", END - 0.5 * n * DAY, "cart", "a") for n in range(50)]
    with read_rows(rows + _log_end()) as log:
        found = ml.readiness(log).frame.iloc[0]
    assert (found["macros"], found["mode"], found["stage"]) == (40, "one stage", "cart")
    assert "12.0" in found["why"]
    assert found["plan"] == 'weights: {primary: ["cart"]}'


def test_a_short_log_says_so_and_names_no_date_and_an_unknown_attribute_is_refused(
    read_rows: ReadRows,
) -> None:
    rows = [*_buyers([0.5, 1.5, 2.5]), *_at_begin(10), ("z", END, "page", "a")]
    with read_rows(rows) as log:
        row = ml.readiness(log).frame.iloc[0]
        with pytest.raises(InputError, match="by='channel' is no attribute: the plan has 'camp"):
            ml.readiness(log, by="channel")
    assert (row["macros"], row["when"]) == (3, "cannot be told")
    assert "he log holds 10 days only; at its pace 30 bring 9" in row["note"]
    assert pd.isna(row["expected"])
    assert pd.isna(row["growth"])


@pytest.mark.slow
def test_a_stray_clock_does_not_move_the_last_30_days(read_rows: ReadRows) -> None:
    ages = [0.4 * n + 0.1 for n in range(60)]
    rows = _buyers(ages) + _log_end() + [(f"p{n}", END - n * DAY, "page", "a") for n in range(90)]
    with read_rows(rows) as log:
        known = ml.readiness(log).frame["macros"].iloc[0]
    with read_rows([*rows, ("stray", END + 900 * DAY, "page", "a")]) as log:
        assert ml.readiness(log).frame["macros"].iloc[0] == known == 60


@pytest.mark.slow
def test_a_model_brings_its_weights_and_a_closed_log_is_refused(read_rows: ReadRows) -> None:
    rows = _buyers([0.3 * n + 2 for n in range(90)]) + _log_end()
    rows += [(f"n{n}", END - (0.3 * n + 2) * DAY, "view", "a") for n in range(90)]
    with read_rows(rows) as log:
        model = ml.LiftModel(rotations=1).fit(ml.moments(log))
        assert ml.readiness(model).frame.equals(ml.readiness(log).frame)
    with pytest.raises(InputError, match="model whose log is closed"):
        ml.readiness(model)
    with pytest.raises(InputError, match="one that is closed"):
        ml.readiness(log)


def test_names_of_a_log_are_text_in_table_figure_and_terminal(read_rows: ReadRows) -> None:
    name = "<script>alert(1)</script>\x1b[31m=1+1" + "x" * 5_000
    with read_rows(_buyers([0.3 * n for n in range(20)], name) + _log_end()) as log:
        found = ml.readiness(log, by="campaign")
    assert "<script" not in found.to_html()
    assert "\x1b" not in repr(found)
    assert len(repr(found)) < 6_000
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        axes.figure.canvas.draw()
        plt.close(axes.figure)


@pytest.mark.slow
def test_the_same_log_gives_the_same_verdict(read_rows: ReadRows) -> None:
    rows = _buyers([0.8 * n + 0.1 for n in range(70)]) + _log_end()
    frames: list[Any] = []
    for order in (rows, rows[::-1]):
        with read_rows(order) as log:
            frames.append(ml.readiness(log).frame)
    pd.testing.assert_frame_equal(*frames)


@pytest.mark.slow
def test_a_log_that_is_counted_in_parts_gives_the_same_verdict(
    read_rows: ReadRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _buyers([0.8 * n + 0.1 for n in range(70)]) + _log_end()
    with read_rows(rows) as log:
        whole = ml.readiness(log, by="campaign")
        monkeypatch.setattr("microlift.bidding.counts.ROWS_A_PART", 40)
        parts = ml.readiness(log, by="campaign")
    pd.testing.assert_frame_equal(parts.frame, whole.frame)
    pd.testing.assert_frame_equal(parts.actions, whole.actions)
