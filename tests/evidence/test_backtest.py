"""The backtest: what is learned from, who is judged, what is refused, what it says."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.evidence.backtest.arrivals import count_arrivals
from microlift.evidence.backtest.windows import WEEK, earlier, windows_of
from microlift.simulate import plan_for, simulate

Write = Callable[[pd.DataFrame], Path]
DAY = 86_400_000_000
PLAN = {
    "log": {"attributes": ["channel"]},
    "macro": {"event": "buy", "value": 10.0, "currency": "USD"},
    "horizon": "3d",
    "actions": [{"name": "view", "event": "view"}, {"name": "cart", "event": "cart"}],
}


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def rows_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    return frame.assign(channel="mail")


def test_users_count_by_what_they_do_before_the_macro_within_the_horizon(parquet_of: Write) -> None:
    log = rows_of(
        ("too early", "2026-01-05T10:00", "view"),
        ("too early", "2026-01-12T10:00", "buy"),  # arrived before the window
        ("ann", "2026-01-12T10:00", "view"),
        ("ann", "2026-01-13T10:00", "buy"),
        ("ann", "2026-01-13T11:00", "cart"),  # after the macro
        ("ben", "2026-01-12T10:00", "page"),
        ("ben", "2026-01-15T10:00", "cart"),  # three days later to the second: within
        ("ben", "2026-01-15T10:01", "buy"),  # beyond the horizon
        ("cid", "2026-01-19T10:00", "cart"),
        ("cid", "2026-01-19T11:00", "cart"),  # once a user
        ("too late", "2026-01-26T10:00", "view"),
    )
    begin = int(pd.Timestamp("2026-01-12", tz="UTC").value // 1000)
    with ml.read_events(parquet_of(log), ml.Plan.from_dict(PLAN)) as read:
        (found,) = count_arrivals(read, begin, begin + 2 * WEEK, (0,))
    users = zip(found.week, found.did, found.macro, found.n, found.value, strict=True)
    # The columns: week; actions, 1 is view and 2 is cart; macro; users; value.
    assert sorted(users) == [(0, 1, 1, 1, 10.0), (0, 2, 0, 1, 0.0), (1, 2, 0, 1, 0.0)]


@pytest.mark.slow
def test_what_is_learned_from_is_the_log_as_it_stood_at_the_split(parquet_of: Write) -> None:
    log = simulate("plain", 1_200, 3)
    plan = ml.Plan.from_dict(
        {**plan_for("plain").to_dict(), "log": {"columns": {"value": "value"}}}
    )
    with ml.read_events(parquet_of(log), plan) as whole:
        windows = windows_of(whole)
        past = ml.moments(earlier(whole, windows))
        found = (past.cells, past.doers, past.firsts, past.totals, past.occurrences)
        facts = past.log.facts
    # A log that ends at the split; what it does not hold cannot leak.
    split = pd.Timestamp(windows.split, unit="us", tz="UTC")
    cut = log[log["timestamp"] < split]
    last = cut.iloc[[0]].assign(
        user_id="the clock", timestamp=split - timedelta(microseconds=1), event="tick"
    )
    with ml.read_events(parquet_of(pd.concat([cut, last])), plan) as short:
        again = ml.moments(short)
        assert facts.last_us == short.facts.last_us
        assert facts.users == short.facts.users - 1
        assert (facts.macros, facts.value) == (short.facts.macros, short.facts.value)
        assert facts.action_counts == short.facts.action_counts
        assert facts.empty_visits == short.facts.empty_visits - 1
    keys = [name for name in found[0] if name != "bucket"]
    pd.testing.assert_frame_equal(found[0][keys], again.cells[keys], check_dtype=False)
    assert len(found[0]) > 100
    assert found[3].macros == again.totals.macros > 10
    assert found[4] == again.occurrences


def test_a_log_too_short_is_told_how_many_days_it_needs(parquet_of: Write) -> None:
    log = rows_of(
        ("ann", "2026-01-01", "view"), ("ann", "2026-01-02", "cart"), ("ben", "2026-01-19", "buy")
    )
    with (
        ml.read_events(parquet_of(log), ml.Plan.from_dict(PLAN)) as read,
        pytest.raises(
            ml.InputError, match=r"18\.0 days .* but needs 20\.0 days.* 2\.0 days"
        ) as told,
    ):
        ml.backtest(read)
    assert told.value.exit_code == 2


def test_what_cannot_be_judged_is_refused(parquet_of: Write) -> None:
    log = rows_of(
        ("ann", "2026-01-01", "view"),
        ("ann", "2026-01-02", "buy"),
        ("ben", "2026-01-05", "cart"),
        ("ben", "2026-03-01", "view"),
    )
    with ml.read_events(parquet_of(log), ml.Plan.from_dict(PLAN)) as read:
        with pytest.raises(ml.InputError, match=r"no week.* from 2026-01-11 to 2026-02-19"):
            ml.backtest(read, split="2026-01-02")
        with pytest.raises(ml.InputError, match="'soon' is no date"):
            ml.backtest(read, split="soon")
        with pytest.raises(ml.InputError, match="not above 0"):
            ml.backtest(read, macros=0)
        with pytest.raises(ml.InputError, match=r"found 1 macros .* earlier window, and needs 30"):
            ml.backtest(read)


def shop(seed: int, channels: list[str], users: int = 900) -> pd.DataFrame:
    """Visitors over 60 days; channels differ in carts, and half of all carts are bought."""
    rng = np.random.default_rng(seed)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(users):
        channel = channels[number % len(channels)]
        t = begin + timedelta(minutes=int(rng.integers(0, 60 * 24 * 60)))
        rows.append((f"u{number}", t, "page", channel))
        if rng.random() < 0.5:
            rows.append((f"u{number}", t + timedelta(minutes=1), "view", channel))
        if rng.random() < 0.1 + 0.15 * (number % len(channels)):
            rows.append((f"u{number}", t + timedelta(minutes=2), "cart", channel))
            if rng.random() < 0.5:
                rows.append((f"u{number}", t + timedelta(minutes=3), "buy", channel))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "channel"])


@pytest.mark.slow
def test_names_of_a_log_are_text_and_all_methods_stand_beside_the_weights(
    parquet_of: Write,
) -> None:
    channels = ["<script>alert(1)</script>", "=cmd()", "x" * 9_000, "plain\x1b[31m", "last"]
    with ml.read_events(parquet_of(shop(1, channels)), ml.Plan.from_dict(PLAN)) as log:
        found = ml.backtest(log)
    frame = found.to_frame().set_index("method")
    assert list(frame.index[:2]) == ["weights", "macros only"]
    assert {"equal weights", "last touch", "removal effect", "Shapley value"} < set(frame.index)
    assert frame["real"].nunique() == 1
    segments = found.segments()
    assert segments["real"].sum() == pytest.approx(frame["real"].iloc[0])
    assert segments["weights"].sum() == pytest.approx(frame.loc["weights", "booked"])
    assert segments["week"].nunique() == 3
    html = found._repr_html_()
    assert "<script>" not in html
    assert len(html) < 40_000
    assert len(repr(found)) < 20_000
    for kind in ("gain", "segments"):
        for narrow in (False, True):
            found.plot(kind=kind, narrow=narrow).figure.canvas.draw()


@pytest.mark.slow
def test_without_attributes_the_total_is_told_and_no_gain(parquet_of: Write) -> None:
    plan = ml.Plan.from_dict({**PLAN, "log": {}})
    with ml.read_events(parquet_of(shop(2, ["a", "b"])), plan) as log:
        found = ml.backtest(log)
    assert found.attribute == "all visitors"
    assert found.to_frame()["gain"].isna().all()
    assert found.to_frame()["unbiased_gain"].notna().any()
    assert "without attributes there are no segments" in found.finding
    assert any("log.attributes" in note for note in found.notes)


@pytest.mark.slow
def test_letters_by_the_clock_are_judged_too(parquet_of: Write) -> None:
    plan = ml.Plan.from_dict({**plan_for("letters").to_dict(), "horizon": "30d"})
    with ml.read_events(parquet_of(simulate("letters", 4_000, 1)), plan) as log:
        found = ml.backtest(log, methods=["last touch"])
        again = ml.backtest(log, methods=["last touch"])
    pd.testing.assert_frame_equal(found.to_frame(), again.to_frame())
    assert found.to_frame()["total_ratio"].iloc[0] > 0
