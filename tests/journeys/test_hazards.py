"""Rate ratios: an action of no effect, a planted one, and the partial likelihood of lifelines."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter
from lifelines.statistics import proportional_hazard_test
from matplotlib.text import Text

import microlift as ml
from microlift.errors import InputError
from microlift.journeys.cox import GATE, NOBODY, TWIN, Spells, fit_cox

Parquet = Callable[[pd.DataFrame], Path]
START = pd.Timestamp("2026-01-01", tz="UTC")
DAY = pd.Timedelta(days=1)

PLAN: dict[str, Any] = {
    "macro": {"event": "buy"},
    "horizon": "7d",
    "actions": [{"name": "video", "event": "video"}],
}


def exponential_shop(
    seed: int, ratio: float, users: int = 1_000, gone: float = 0.0, mean: float = 20.0
) -> pd.DataFrame:
    """A shop without memory: users come over 60 days, buy and see a video at constant rates.

    Both take `mean` days in the mean. From the video on the rate of buying is `ratio` times as
    high; at 1 the video changes nothing. A share `gone` of the users never buys.
    """
    rng = np.random.default_rng(seed)
    come = rng.uniform(0, 60, users)
    video = rng.exponential(mean, users)
    need = np.where(rng.random(users) < gone, np.inf, rng.exponential(mean, users))
    buy = np.where(need < video, need, video + (need - video) / ratio)
    rows = []
    for event, times in (("page", np.zeros(users)), ("video", video), ("buy", buy)):
        seen = (come + times < 60) & (times <= buy)
        for number in np.flatnonzero(seen):
            rows.append((f"u{number}", START + (come[number] + times[number]) * DAY, event))
    rows.append(("last", START + 60 * DAY, "page"))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])


def _row(parquet_of: Parquet, frame: pd.DataFrame) -> "pd.Series[Any]":
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
        return ml.hazards(log).to_frame().iloc[0]


def _covered(parquet_of: Parquet, ratio: float, seeds: range) -> tuple[int, int, float]:
    """In how many shops the interval holds the truth; the naive one; the mean log ratio."""
    timed = naive = 0
    logs = []
    for seed in seeds:
        row = _row(parquet_of, exponential_shop(seed, ratio))
        timed += row["low"] <= ratio <= row["high"]
        naive += row["ever_low"] <= ratio <= row["ever_high"]
        logs.append(np.log(row["hazard_ratio"]))
    return timed, naive, float(np.mean(logs))


@pytest.mark.slow
def test_an_action_of_no_effect_has_a_ratio_of_1_and_the_naive_one_says_less(
    parquet_of: Parquet,
) -> None:
    timed, naive, mean = _covered(parquet_of, 1.0, range(8))
    assert timed >= 7
    assert naive == 0
    assert abs(mean) < 0.08


@pytest.mark.slow
def test_a_planted_ratio_of_2_is_recovered(parquet_of: Parquet) -> None:
    timed, naive, mean = _covered(parquet_of, 2.0, range(50, 56))
    assert timed >= 5
    assert naive == 0
    assert abs(mean - np.log(2)) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_interval_covers_the_truth_in_95_of_100_shops(
    parquet_of: Parquet, ratio: float
) -> None:
    timed, naive, mean = _covered(parquet_of, ratio, range(1_000, 1_040))
    # Of 40 intervals of 95 %, fewer than 34 cover the truth once in 100 trials.
    assert timed >= 34
    assert naive <= 2
    assert abs(mean - np.log(ratio)) < 0.05


def _long(seed: int, users: int, ties: int | None) -> pd.DataFrame:
    """Stretches of users with two actions that switch on; times rounded up to make ties."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        end, first, second = rng.exponential(10), rng.exponential(8), rng.exponential(12)
        died = rng.random() < 0.6
        if ties:
            end, first, second = (np.ceil(t * ties) / ties for t in (end, first, second))
        cuts = sorted({0.0, end, *(t for t in (first, second) if t < end)})
        group = float(user % 3 == 0)
        for start, stop in pairwise(cuts):
            x = (float(start >= first), float(start >= second), group)
            rows.append((user, start, stop, died and stop == end, *x))
    columns = ["id", "start", "stop", "event", "a", "b", "c"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize("ties", [None, 1])
def test_ratios_and_errors_are_those_of_lifelines(ties: int | None) -> None:
    frame = _long(3, 150, ties)
    other = CoxTimeVaryingFitter().fit(frame, "event", "start", "stop", id_col="id")
    scale = 1_000_000
    own = fit_cox(
        Spells(
            (frame["start"] * scale).round().astype(np.int64).to_numpy(),
            (frame["stop"] * scale).round().astype(np.int64).to_numpy(),
            frame["event"].to_numpy(dtype=bool),
            frame[["a", "b", "c"]].to_numpy(),
        )
    )
    assert own.beta == pytest.approx(other.params_.to_numpy(), abs=1e-4)
    assert own.error == pytest.approx(other.standard_errors_.to_numpy(), rel=1e-4)


def test_the_check_of_proportionality_is_that_of_lifelines() -> None:
    rng = np.random.default_rng(4)
    n = 400
    x = rng.integers(0, 2, (n, 2)).astype(float)
    times = rng.exponential(1 / np.exp(0.5 * x[:, 0])) ** np.where(x[:, 0] == 1, 0.5, 1.0)
    stop = (times * 1e9).astype(np.int64) + 1
    died = rng.random(n) < 0.7
    own = fit_cox(Spells(np.zeros(n, np.int64), stop, died, x)).proportional()
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "stop": stop, "died": died})
    model = CoxPHFitter().fit(frame, "stop", "died")
    with np.errstate(all="ignore"):
        other = proportional_hazard_test(model, frame, time_transform="rank")
    assert own == pytest.approx(other.p_value, rel=0.05)
    assert own[0] < 0.001  # planted: the ratio of `a` changes with time
    assert own[1] > 0.01


def test_a_ratio_that_changes_with_time_is_said_to_be_an_average(parquet_of: Parquet) -> None:
    # Half of the users never buy: those left are ever more of them, and the ratio of the doers,
    # who are rid of their buyers twice as fast, falls from 4.
    frame = exponential_shop(5, 6.0, users=3_000, gone=0.5)
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
        found = ml.hazards(log)
    assert found.frame["proportional_q"].iloc[0] < 0.05
    assert found.frame["note"].iloc[0] == "changes with time: an average"
    assert any("read it as an average" in note for note in found.notes)


def test_columns_without_contrast_are_named_and_left_out() -> None:
    n = 60
    rng = np.random.default_rng(6)
    x = rng.integers(0, 2, (n, 4)).astype(float)
    died = (x[:, 1] == 1) & (x[:, 2] == 0)  # none without 1, none with 2
    x[:, 3] = x[:, 0]
    fitted = fit_cox(Spells(np.zeros(n, np.int64), np.arange(1, n + 1), died, x))
    assert fitted.why == {1: GATE, 2: NOBODY, 3: TWIN}
    assert np.isfinite(fitted.beta).tolist() == [True, False, False, False]


def test_an_action_at_the_time_of_the_macro_counts_only_if_it_stands_before_it(
    parquet_of: Parquet,
) -> None:
    """The order column puts the video of the first ten before the macro, of the others after."""
    rows = []
    for user in range(40):
        rows.append((f"u{user}", START + user * pd.Timedelta("1min"), "page", 0))
        moment = START + 5 * DAY + user * pd.Timedelta("7min")
        if user < 20:
            rows.append((f"u{user}", moment, "video", 1 if user < 10 else 3))
            rows.append((f"u{user}", moment, "buy", 2))
    rows.append(("u39", START + 20 * DAY, "page", 0))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "place"])
    plan = ml.Plan.from_dict({**PLAN, "log": {"sequence": ["place"]}})
    with ml.read_events(parquet_of(frame), plan) as log:
        row = ml.hazards(log).to_frame().iloc[0]
    assert (row["doers"], row["macros"]) == (10, 10)
    # All doers buy before all others do: counted from the beginning, the ratio has no upper end.
    assert np.isnan(row["ever_ratio"])


@pytest.mark.slow
def test_actions_that_nobody_did_or_that_nothing_follows_are_rows_that_say_so(
    parquet_of: Parquet,
) -> None:
    frame = exponential_shop(7, 1.0, users=300)
    buyers = set(frame.loc[frame["event"] == "buy", "user_id"])
    others = [user for user in frame["user_id"].unique() if user not in buyers and user != "last"]
    after = frame[frame["event"] == "buy"].assign(
        event="thanks", timestamp=lambda t: t["timestamp"] + pd.Timedelta("1s")
    )
    error = frame[(frame["event"] == "page") & frame["user_id"].isin(others)].assign(event="error")
    gate = frame[frame["event"] == "buy"].assign(
        event="pay", timestamp=lambda t: t["timestamp"] - pd.Timedelta("1ms")
    )
    names = ("video", "thanks", "error", "pay")
    actions = [{"name": name, "event": name} for name in names]
    plan = ml.Plan.from_dict({**PLAN, "actions": actions})
    with ml.read_events(parquet_of(pd.concat([frame, after, error, gate])), plan) as log:
        found = ml.hazards(log)
    notes = dict(zip(found.frame["action"], found.frame["note"], strict=True))
    assert notes["thanks"] == "nobody did it before the macro"
    assert notes["error"] == "no macro follows it"
    assert notes["pay"] == "no macro without it: its ratio has no upper end"
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        axes.figure.draw_without_rendering()
        plt.close(axes.figure)
    assert "not the lift" in found._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '=cmd()|"x"', "$x^2$ " + "x" * 90])
def test_hostile_names_stay_text_in_every_picture_and_sentence(
    parquet_of: Parquet, name: str
) -> None:
    frame = exponential_shop(9, 2.0).replace({"event": {"video": name, "buy": "b" * 10_000}})
    frame["channel"] = np.where(frame["user_id"].str[-1] < "5", "\x1b[2J<img src=x>", "mail")
    plan = ml.Plan.from_dict(
        {
            "log": {"attributes": ["channel"]},
            "macro": {"event": "b" * 10_000},
            "horizon": "7d",
            "actions": [{"name": name, "event": name}],
        }
    )
    with ml.read_events(parquet_of(frame), plan) as log:
        for found in (ml.hazards(log), ml.lags(log)):
            page, text = found._repr_html_(), repr(found)
            assert "<script" not in page
            assert "<img" not in page
            assert "\x1b" not in page + text
            assert "b" * 200 not in page + text
            assert len(found.finding) < 1_000
            for narrow in (False, True):
                axes = found.plot(narrow=narrow)
                axes.figure.draw_without_rendering()
                texts = [t for t in axes.figure.findobj(Text) if t.get_visible()]
                named = [t for t in texts if t.get_text()[:3] == name[:3]]
                assert len(named) == 1
                assert len(named[0].get_text()) <= 35
                assert not named[0].get_parse_math()
                plt.close(axes.figure)


@pytest.mark.slow
def test_a_sample_is_the_same_in_every_run_bounded_and_said(parquet_of: Parquet) -> None:
    path = parquet_of(exponential_shop(8, 2.0, users=1_500))
    tables = []
    for _ in range(2):
        with ml.read_events(path, ml.Plan.from_dict(PLAN)) as log:
            found = ml.hazards(log, users=500)
        assert 450 <= found.users <= 550
        assert any("A sample of" in note and "of 1,501 users" in note for note in found.notes)
        tables.append(found.to_frame())
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.slow
def test_attributes_are_held_equal(parquet_of: Parquet) -> None:
    """In one channel people see more videos and buy more: without it the video would earn that."""
    slow = exponential_shop(9, 1.0, users=1_500).assign(channel="ads")
    fast = exponential_shop(10, 1.0, users=1_500, mean=4.0).assign(channel="mail")
    fast["user_id"] = "m" + fast["user_id"]
    path = parquet_of(pd.concat([slow, fast]))
    ratios = []
    for attributes in ([], ["channel"]):
        plan = ml.Plan.from_dict({**PLAN, "log": {"attributes": attributes}})
        with ml.read_events(path, plan) as log:
            ratios.append(ml.hazards(log).to_frame().iloc[0])
    assert ratios[0]["low"] > 1.05
    assert ratios[1]["low"] <= 1.05
    assert ratios[1]["hazard_ratio"] < ratios[0]["hazard_ratio"] - 0.1


@pytest.mark.parametrize(("macros", "text"), [(3, "has 3 macros to go by")])
def test_too_few_macros_are_refused(parquet_of: Parquet, macros: int, text: str) -> None:
    rows = [(f"u{i}", START, "page") for i in range(20)]
    rows += [(f"u{i}", START + DAY, "buy") for i in range(macros)]
    rows += [("u19", START + DAY, "video")]
    rows += [(f"m{i}", START + 9 * DAY, "buy") for i in range(5)]
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
        with pytest.raises(InputError, match=text):
            ml.hazards(log)
        with pytest.raises(InputError, match="users=0 leaves nobody"):
            ml.hazards(log, users=0)
