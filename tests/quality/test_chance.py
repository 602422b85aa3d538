"""What is called unlikely, on series whose truth is known."""

import numpy as np
import pytest

from microlift.quality.chance import jumps, silences

WEEKDAYS = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.5, 0.4])


def seasonal(rng, mean, days=120):
    """Counts with weekdays, a season, and days that differ by 20 % beyond counting."""
    season = 1 + 0.3 * np.sin(np.arange(days) / 19)
    weekday = np.resize(WEEKDAYS, days)
    return rng.poisson(mean * season * weekday * rng.gamma(25, 1 / 25, days))


@pytest.mark.parametrize("mean", [0.5, 5.0, 40.0, 2000.0])
def test_series_in_which_nothing_happened_give_hardly_an_alarm(mean):
    rng = np.random.default_rng(7)
    silent = jumped = 0
    for _ in range(50):
        visits = seasonal(rng, 20 * mean)
        happened = rng.poisson(visits * 0.05 * rng.gamma(100, 1 / 100, len(visits)))
        silent += bool(silences(seasonal(rng, mean), 120))
        jumped += bool(jumps(happened, visits, 1))
    # One in a hundred is accepted: three of fifty would be one chance in 70.
    assert silent <= 2
    assert jumped <= 2


def test_a_closed_sunday_is_no_silence_and_a_closed_tuesday_is_one():
    counts = np.resize([30, 30, 30, 30, 30, 12, 0], 84)
    assert silences(counts, 84) == []
    counts[43] = 0
    (found,) = silences(counts, 84)
    assert (found.start, found.days, found.kind) == (43, 1, "gap")


def test_what_fades_out_does_not_stop():
    fading = np.round(400 * 0.8 ** np.arange(60)).astype(int)
    assert (fading[-20:] == 0).all()
    assert silences(fading, 60) == []
    assert silences(fading[::-1], 60) == []


@pytest.mark.parametrize(("days", "found"), [(1, []), (7, [7])])
def test_a_rare_event_may_be_away_for_a_day_and_not_for_a_week(days, found):
    counts = np.full(84, 5)
    counts[40 : 40 + days] = 0
    assert [silence.days for silence in silences(counts, 84)] == found


def test_a_rate_that_falls_to_nothing_jumps_and_one_that_drifts_does_not():
    visits = np.full(100, 50)
    gone = np.where(np.arange(100) < 60, 3, 0)
    (jump,) = jumps(gone, visits, 1)
    assert (jump.at, jump.after) == (60, 0.0)
    assert jump.z < 0
    drift = np.round(visits * np.linspace(0.1, 0.3, 100)).astype(int)
    assert jumps(drift, visits, 1) == []


def test_a_change_for_a_time_jumps_twice():
    happened = np.full(100, 10)
    happened[40:60] = 2
    assert [jump.at for jump in jumps(happened, np.full(100, 100), 1)] == [40, 60]
