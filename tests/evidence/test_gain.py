"""The signal gain: against cases worked by hand, and against campaigns of known worth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.evidence.backtest.arrivals import Arrivals
from microlift.evidence.backtest.gain import Segments, Slopes, gains_of, unbiased_gain
from microlift.evidence.backtest.signals import Signal
from microlift.simulate.campaigns import campaigns, plan_of_campaigns, simulate_campaigns

Floats = np.typing.NDArray[np.float64]
RATES = (0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05, 0.055)
USERS = 20_000


def arrivals(actions: Floats) -> Arrivals:
    """Segments in which exactly the expected share of users do each action, and convert.

    `actions` are rates of each action by segment; all happen independently of each other.
    """
    rows = []
    for segment, macro in enumerate(RATES):
        for pattern in range(2 ** actions.shape[1]):
            done = (pattern >> np.arange(actions.shape[1])) & 1
            share = np.prod(np.where(done == 1, actions[segment], 1 - actions[segment]))
            rows += [
                (segment, pattern, 1, round(USERS * share * macro)),
                (segment, pattern, 0, round(USERS * share * (1 - macro))),
            ]
    segment, did, converted, n = np.array(rows).T
    return Arrivals(segment, 0 * did, did, converted, n, (10.0 * n * converted))


def booked(*values: float, macro: float = 0.0) -> Signal:
    return Signal("signal", np.array(values), macro, 1.0)


# Four times as often as the macro in every segment; as often in all; the less the better.
ACTIONS = np.column_stack([4 * np.array(RATES), np.full(10, 0.2), 0.3 - 4 * np.array(RATES)])
SIGNALS = (booked(1, 0, 0), booked(0, 1, 0), booked(0, 0, 1), booked(0, 0, 0, macro=1.0))


def test_a_signal_gains_by_what_it_tells_and_not_by_varying_little() -> None:
    segments = Segments.of(arrivals(ACTIONS), SIGNALS, 8.0)
    gains = gains_of(segments, 8.0)
    often, constant, against, macros = gains.middle
    # (1 - p) / p of the macro against that of the action, averaged over the segments: 4.5 at most
    assert unbiased_gain(segments)[0] == pytest.approx(4.4, abs=0.2)
    assert 2.5 < often < 4.7
    assert gains.interval[0][0] > 1.5
    assert constant < 0.05
    assert against == 0
    assert macros == 1
    assert [gains.against(k, first=3) for k in range(4)] == ["better", "worse", "worse", ""]
    # The naive figure, mean squared error after scaling to the right total, praises the constant:
    # it errs by how much segments differ, which is less than the chance in 8 macros.
    mean = np.mean(RATES)
    error_of_counting = np.mean(RATES) * mean / 8
    error_of_constant = np.var(RATES)
    assert error_of_counting / error_of_constant > 0.5


def test_the_slope_is_the_true_value_where_one_is_booked() -> None:
    slopes = Slopes.of(Segments.of(arrivals(ACTIONS), SIGNALS, 8.0))
    # A macro is worth 10: a quarter of that is what each of the four actions stands for.
    assert slopes.slope[0] == pytest.approx(2.5, rel=0.02)
    assert slopes.low[0] < 2.5 < slopes.high[0]
    assert np.isnan(slopes.slope[1])
    assert slopes.slope[2] == pytest.approx(-2.5, rel=0.02)


def test_segments_that_differ_by_no_more_than_chance_tell_nothing() -> None:
    same = arrivals(ACTIONS)
    few = Arrivals(
        same.segment, same.week, same.did, same.macro, np.maximum(same.n // 400, 0), same.value
    )
    gains = gains_of(Segments.of(few, SIGNALS, 8.0), 8.0)
    assert np.isnan(gains.middle).all()


def test_what_no_action_tells_is_charged_as_bias() -> None:
    own = np.tile([1.15, 0.85], 5)[:, None]  # half of the segments act more than they are worth
    biased = Segments.of(arrivals(ACTIONS * own), SIGNALS, 8.0)
    plain = Segments.of(arrivals(ACTIONS), SIGNALS, 8.0)
    assert gains_of(biased, 8.0).middle[0] < 0.6 * gains_of(plain, 8.0).middle[0]
    # With more macros counting them catches up, and the bias stays.
    assert gains_of(biased, 80.0).middle[0] < 1 < gains_of(biased, 8.0).middle[0]
    assert 8 < gains_of(biased, 8.0).until[0] < 80


def true_gain(worth: Floats, months: Floats) -> float:
    """Ratio of mean squared errors over campaigns and months, against what each is truly worth.

    `months` are campaigns times months times (macros, signal), means for a user; the signal is
    set on the scale of the truth by a line over all of them.
    """
    counted = ((months[..., 0] - worth[:, None]) ** 2).mean()
    slope, level = np.polyfit(worth, months[..., 1].mean(axis=1), 1)
    error = (((months[..., 1] - level) / slope - worth[:, None]) ** 2).mean()
    return float(counted / error)


def months_of(log: ml.EventLog, weights: Floats, users: int) -> Floats:
    """Users of each campaign, dealt into months of `users` each."""
    from microlift.evidence.backtest.arrivals import count_arrivals

    facts = log.facts
    (found,) = count_arrivals(log, facts.first_us, facts.last_us - 14 * 86_400_000_000, (0,))
    rng = np.random.default_rng(0)
    out = {}
    for code, label in enumerate(facts.attributes["campaign"]):
        if label == "organic":
            continue
        here = found.segment == code
        cell = np.repeat(np.flatnonzero(here), found.n[here])
        rng.shuffle(cell)
        cell = cell[: len(cell) // users * users].reshape(-1, users)
        value = found.done(len(weights)) @ weights
        out[label] = np.stack([found.macro[cell].mean(axis=1), value[cell].mean(axis=1)], axis=-1)
    fewest = min(len(part) for part in out.values())
    return np.stack([out[label][:fewest] for label in sorted(out)])


@pytest.mark.slow
def test_the_gain_of_campaigns_is_the_true_one_and_booked_values_are_calibrated(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    slopes, ratios, known = [], [], []
    for seed in range(1, 6):
        made = campaigns(seed=seed)
        path = parquet_of(simulate_campaigns(made, months=10, seed=seed, rest=0.5))
        with ml.read_events(path, plan_of_campaigns()) as log:
            found = ml.backtest(log, methods=["macros only"])
            worth = np.array([made.worth[name] for name in sorted(made.worth) if name != "organic"])
            months = months_of(log, _weights_of(found, log), round(8 / worth.mean()))
            value = log.facts.value / 100 / log.facts.macros
        mine = found.to_frame().set_index(["attribute", "method"]).loc[("campaign", "weights")]
        truth = true_gain(worth, months)
        slopes.append(np.polyfit(months[..., 1].mean(axis=1), worth * value, 1)[0])
        ratios.append(mine["total_ratio"])
        known.append(mine["gain_low"] <= truth <= mine["gain_high"])
        assert truth > 1.5, seed
        assert mine["gain"] > 1.5, seed
        assert mine["slope_low"] < slopes[-1] < mine["slope_high"], seed
    assert sum(known) >= 4
    assert 0.85 < np.mean(slopes) < 1.15
    assert np.std(slopes) < 0.2
    assert 0.85 < np.mean(ratios) < 1.15


def _weights_of(found: ml.Backtest, log: ml.EventLog) -> Floats:
    """What the weights book for each action, by least squares on what they booked by cell."""
    from microlift.evidence.backtest.arrivals import count_arrivals
    from microlift.evidence.backtest.windows import windows_of

    windows = windows_of(log)
    (cells,) = count_arrivals(log, windows.split, windows.end, (0,))
    actions = len(log.plan.actions)
    place = cells.segment * (cells.week.max() + 1) + cells.week
    counts = np.stack(
        [np.bincount(place, weights=cells.n * done) for done in cells.done(actions).T], axis=1
    )
    own = found.segments().query("attribute == 'campaign'")
    codes = {name: code for code, name in enumerate(log.facts.attributes["campaign"])}
    order = own["segment"].map(codes).to_numpy() * (cells.week.max() + 1)
    weeks = {name: week for week, name in enumerate(sorted(own["week"].unique()))}
    order = order + own["week"].map(weeks).to_numpy()
    solved = np.linalg.lstsq(counts[order], own["weights"].to_numpy(), rcond=None)[0]
    return np.asarray(solved)


@pytest.mark.slow
def test_campaigns_that_differ_in_what_no_action_tells_are_not_told_apart(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    made = campaigns(seed=3, spread=0.15, intent=5.0)
    path = parquet_of(simulate_campaigns(made, months=10, seed=3, rest=0.5))
    with ml.read_events(path, plan_of_campaigns()) as log:
        found = ml.backtest(log, methods=["macros only"])
    mine = found.to_frame().set_index(["attribute", "method"]).loc[("campaign", "weights")]
    assert mine["gain_low"] < 1
    assert "tell segments apart" in found.finding
    assert "alone" in found.finding
