"""The hazard model against lifelines, on a log whose times are drawn here."""

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter
from scipy import optimize

from microlift.events import read_events
from microlift.models.baselines.counts import Counts
from microlift.models.baselines.hazard_model import HazardFit, fit_hazard
from microlift.models.baselines.person_time import INTERVALS, person_time
from microlift.moments import moments
from microlift.plan import Plan

Parquet = Callable[[pd.DataFrame], Path]
START = pd.Timestamp("2026-01-01", tz="UTC")
NAMES = ["a", "b", "far"]
PLAN = Plan.from_dict(
    {
        "log": {"attributes": ["channel"]},
        "macro": {"event": "buy"},
        "horizon": "1d",
        "actions": [{"name": name, "event": name} for name in ("a", "b")],
    }
)


def drawn(users: int, seed: int = 1) -> pd.DataFrame:
    """Times of users in hours: doing `a` doubles the rate of macros, being from far halves it."""
    rng = np.random.default_rng(seed)
    far = rng.random(users) < 0.3
    a, b = rng.exponential(20, users), rng.exponential(40, users)
    rate = 0.02 * np.where(far, 0.5, 1.0)
    wait = rng.exponential(1, users)
    late = wait > rate * a
    macro = np.where(late, a + (wait - rate * a) / (2 * rate), wait / rate)
    begin = np.arange(users) * 90 / users  # no two alike
    end = np.minimum(macro, 100 - begin)  # the last hour of the log
    return pd.DataFrame(
        {"begin": begin, "a": a, "b": b, "far": far, "end": end, "macro": macro <= end}
    )


def log_of(users: pd.DataFrame) -> pd.DataFrame:
    """Events of drawn users; somebody opens a page in the log's last hour."""
    rows = []
    for number, user in enumerate(users.itertuples()):
        channel = "far" if user.far else "near"
        events = [(0.0, "page"), *((user.end, "buy") for _ in range(user.macro))]
        events += [(t, name) for name, t in (("a", user.a), ("b", user.b)) if t <= user.end]
        rows += [(f"u{number}", user.begin + t, event, channel) for t, event in events]
    rows.append(("u0", 100.0, "page", "near"))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "channel"])
    hours = pd.to_timedelta((frame["timestamp"] * 3_600_000).round(), unit="ms")
    return frame.assign(timestamp=START + hours)


def stretches(users: pd.DataFrame) -> pd.DataFrame:
    """One row for each stretch in which nothing about a user changes."""
    rows = []
    for number, user in enumerate(users.itertuples()):
        cuts = sorted({0.0, user.end, *(t for t in (user.a, user.b) if t < user.end)})
        for one, two in pairwise(cuts):
            x = (float(user.a <= one), float(user.b <= one), float(user.far))
            rows.append((number, user.begin, one, two, user.macro and two == user.end, *x))
    return pd.DataFrame(rows, columns=["id", "begin", "start", "stop", "macro", *NAMES])


USERS = drawn(700)


@pytest.fixture(scope="module")
def counts(parquet_of: Parquet) -> Iterator[Counts]:
    with read_events(parquet_of(log_of(USERS)), PLAN) as log:
        yield Counts(moments(log))


@pytest.fixture(scope="module")
def fit(counts: Counts) -> HazardFit:
    found = person_time(counts)
    assert found is not None
    return fit_hazard(found, 2)


def test_time_at_risk_is_that_of_the_stretches(counts: Counts) -> None:
    found = person_time(counts, intervals=7)
    assert found is not None
    rows, hour = stretches(USERS), 3_600_000
    edges = np.concatenate([[0], found.cuts]) / hour
    own, macros = found.at_risk().toarray() / hour, found.macros_in().toarray()
    stop, start = rows["stop"].to_numpy(), rows["start"].to_numpy()
    for k, (low, high) in enumerate(pairwise(edges)):
        spent = stop.clip(low, high) - start.clip(low, high)
        ends = rows["macro"] & (stop > low + 1e-5) & (stop <= high + 1e-5)
        for action, name in enumerate("ab"):
            did = (found.did >> action & 1) == 1
            assert own[did, k].sum() == pytest.approx(spent @ rows[name], rel=1e-5)
            assert macros[did, k].sum() == rows.loc[ends, name].sum()


def test_ratios_and_errors_are_those_of_lifelines(fit: HazardFit) -> None:
    rows = stretches(USERS).drop(columns="begin")
    other = CoxTimeVaryingFitter().fit(rows, "macro", "start", "stop", id_col="id")
    error = other.standard_errors_.to_numpy()
    # Far below what chance does: a fiftieth of the standard error.
    assert np.abs((fit.beta - other.params_.to_numpy()) / error).max() < 0.02
    assert fit.plain_error == pytest.approx(error, rel=0.01)


def _buckets(counts: Counts) -> np.ndarray:
    """Bucket of each drawn user: they are numbered as they come."""
    people = counts.frame(counts.people.select("begin", "bucket"))
    return people.sort_values("begin")["bucket"].to_numpy()


def test_clustered_errors_are_sums_over_everybody_at_risk(counts: Counts, fit: HazardFit) -> None:
    rows = stretches(USERS)
    x, macro = rows[NAMES].to_numpy(), rows["macro"].to_numpy(dtype=bool)
    start, stop, rate = rows["start"].to_numpy(), rows["stop"].to_numpy(), np.exp(x @ fit.beta)
    score, information = np.where(macro[:, None], x, 0.0), np.zeros((3, 3))
    for at in np.flatnonzero(macro):  # the definition of Lin and Wei
        risk = (start < stop[at]) & (stop >= stop[at])
        share = rate[risk] / rate[risk].sum()
        mean = share @ x[risk]
        score[at] -= mean
        score[risk] -= share[:, None] * (x[risk] - mean)
        information += (share[:, None] * (x[risk] - mean)).T @ (x[risk] - mean)
    group = _buckets(counts)[rows["id"]]
    sums = np.stack([np.bincount(group, column, 128) for column in score.T], axis=1)
    bread = np.linalg.inv(information)
    error = np.sqrt(np.diag(bread @ sums.T @ sums @ bread) * 128 / 127)
    assert fit.error == pytest.approx(error, rel=0.01)
    assert np.abs(fit.error / fit.plain_error - 1).max() > 0.015
    assert fit.score.sum(axis=0) == pytest.approx(0, abs=1e-4)


def test_clustered_errors_of_what_never_changes_are_those_of_lifelines(counts: Counts) -> None:
    found = person_time(counts)
    assert found is not None
    own = fit_hazard(found, actions=0)
    frame = USERS[["end", "macro", "far"]].astype(float).assign(group=_buckets(counts))
    other = CoxPHFitter().fit(frame, "end", "macro", cluster_col="group", robust=True)
    assert own.beta == pytest.approx(other.params_.to_numpy(), abs=0.002)
    error = other.standard_errors_.to_numpy() * np.sqrt(128 / 127)
    assert own.error == pytest.approx(error, rel=0.01)


def test_fewer_intervals_move_the_ratios_little(counts: Counts, fit: HazardFit) -> None:
    found = person_time(counts, INTERVALS // 4)
    assert found is not None
    other = fit_hazard(found, 2)
    assert np.abs((other.beta - fit.beta) / fit.error).max() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1, 24])
def test_ratios_of_a_coarse_clock_are_those_of_breslow(parquet_of: Parquet, hours: int) -> None:
    users = drawn(400, 3)
    users[["a", "b", "end"]] = np.ceil(users[["a", "b", "end"]] / hours) * hours
    users["begin"] = 0.0
    users["macro"] &= users["end"] <= 96
    users.loc[~users["macro"], "end"] = 100.0
    with read_events(parquet_of(log_of(users)), PLAN) as log:
        found = person_time(Counts(moments(log)))
    assert found is not None
    end, macro = users["end"].to_numpy(), users["macro"].to_numpy()

    def loss(beta: np.ndarray) -> float:
        total = 0.0
        for t in np.unique(end[macro]):
            x = np.stack([users["a"] <= t, users["b"] <= t, users["far"]], axis=1) @ beta
            now = macro & (end == t)
            total += x[now].sum() - now.sum() * np.log(np.exp(x[end >= t]).sum())
        return -total

    best = optimize.minimize(loss, np.zeros(3), method="BFGS").x
    assert fit_hazard(found, 2).beta == pytest.approx(best, abs=0.01)


@pytest.mark.slow
def test_a_fit_takes_a_small_part_of_the_time_of_lifelines(parquet_of: Parquet) -> None:
    users = drawn(3_000, 2)
    with read_events(parquet_of(log_of(users)), PLAN) as log:
        found = person_time(Counts(moments(log)))
    assert found is not None
    own, took = _timed(lambda: fit_hazard(found, 2))
    rows = stretches(users).drop(columns="begin")
    other, slow = _timed(
        lambda: CoxTimeVaryingFitter().fit(rows, "macro", "start", "stop", id_col="id")
    )
    assert np.abs(own.beta - other.params_.to_numpy()).max() < 0.002
    assert own.beta[0] == pytest.approx(np.log(2), abs=4 * own.error[0])
    assert slow / took > 50  # some 300 on an idle machine, and more the larger the log


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    return work(), time.process_time() - started
