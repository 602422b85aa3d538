"""Diagnosis: planted faults are found where and when they are, and healthy logs stay silent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.diagnosis import Diagnosis
from microlift.diagnosis.pairs import find_pairs
from microlift.diagnosis.passes import count_passes
from microlift.errors import InputError
from microlift.simulate import FAULTS, plan_for, plant, simulate
from microlift.simulate.faults import window

mpl.use("Agg")
Parquet = Callable[[pd.DataFrame], Path]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["device"], "session_gap": "30m"},
    "macro": {"event": "purchase", "value": 50, "currency": "USD"},
    "horizon": "1d",
    "actions": [
        {"name": "view", "event": "view"},
        {"name": "cart", "event": "cart"},
        {"name": "payment", "event": "payment"},
    ],
    "funnel": ["view", "cart", "payment"],
}
START = pd.Timestamp("2026-01-05", tz="UTC")
DAYS, A_DAY = 42, 60
STEPS = ("view", "cart", "payment", "purchase")
SHARES = (0.6, 0.6, 0.7)
Change = Callable[[int, str, int], float]


def visits(change: Change = lambda *_: 1.0, seed: int = 0) -> pd.DataFrame:
    """One visit a user; `change` multiplies the share that comes to a step."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in range(DAYS):
        for number in range(A_DAY):
            device = "mobile" if number % 2 else "desktop"
            time = START + pd.Timedelta(days=day, hours=8, minutes=number)
            for step, event in enumerate(STEPS):
                if step and rng.random() > SHARES[step - 1] * change(day, device, step):
                    break
                rows.append((f"u{day}_{number}", time + pd.Timedelta(minutes=step), event, device))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "device"])


def look(
    parquet_of: Parquet, frame: pd.DataFrame, plan: dict[str, Any] = PLAN, **given: Any
) -> Diagnosis:
    path = parquet_of(frame)
    with ml.read_events(path, ml.Plan.from_dict(plan), no_macro=True) as log:
        return ml.diagnose(log, **given)


def test_a_healthy_log_has_no_finding(parquet_of: Parquet) -> None:
    found = look(parquet_of, visits())
    assert found.frame.empty
    assert found.finding.startswith("Nothing stands out")
    axes = found.plot()
    assert "view → cart" in [text.get_text() for text in axes.get_yticklabels()]
    plt.close("all")


def test_a_step_broken_on_mobile_is_named_with_its_days_and_its_money(parquet_of: Parquet) -> None:
    def broken(day: int, device: str, step: int) -> float:
        return 0.1 if step == 3 and device == "mobile" and 20 <= day < 30 else 1.0

    found = look(parquet_of, visits(broken))
    row = found.frame.iloc[0]
    assert len(found.frame) == 1
    assert (row["step"], row["then"]) == ("payment", "purchase")
    assert row["segment"] == "device: mobile"
    assert row["since"] in ("2026-01-24", "2026-01-25", "2026-01-26")
    assert row["until"] in ("2026-02-02", "2026-02-03", "2026-02-04")
    assert not row["ongoing"]
    assert row["usual"] == pytest.approx(0.7, abs=0.06)
    # Each visit has its own user, and none comes back: a lost one is a whole purchase.
    assert row["money"] == pytest.approx(50 * row["lost"])
    assert row["lost_low"] < row["lost"] < row["lost_high"]
    assert "fewer visits went on from payment to purchase (device: mobile)" in found.finding


@pytest.mark.slow
def test_a_fault_of_all_devices_is_not_laid_on_one_of_them(parquet_of: Parquet) -> None:
    found = look(parquet_of, visits(lambda day, _, step: 0.4 if step == 2 and day >= 28 else 1.0))
    row = found.frame.iloc[0]
    assert (row["step"], row["then"], row["segment"]) == ("cart", "payment", "all")
    assert row["ongoing"]
    assert found.finding.startswith("Since 2026-02-0")


@pytest.mark.slow
def test_another_mix_of_visits_is_no_fault(parquet_of: Parquet) -> None:
    """From day 21 on most visits are those of customers, who seldom need the cart."""
    rng = np.random.default_rng(1)
    rows = []
    for day in range(DAYS):
        for number in range(A_DAY):
            returning = number < (A_DAY * 0.7 if day >= 21 else A_DAY * 0.1)
            user = f"old{number}" if returning else f"new{day}_{number}"
            time = START + pd.Timedelta(days=day, hours=8, minutes=number)
            rows.append((user, time, "view", "mobile"))
            if rng.random() < (0.1 if returning else 0.6):
                rows.append((user, time + pd.Timedelta(minutes=1), "cart", "mobile"))
                if rng.random() < 0.5:
                    rows.append((user, time + pd.Timedelta(minutes=2), "purchase", "mobile"))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "device"])
    late = frame["timestamp"] >= START + pd.Timedelta(days=21)
    naive = [(part["event"] == "cart").sum() / (part["event"] == "view").sum()
             for part in (frame[~late], frame[late])]  # fmt: skip
    assert naive[1] < 0.6 * naive[0]
    plan = PLAN | {"actions": PLAN["actions"][:2], "funnel": ["view", "cart"]}
    assert look(parquet_of, frame, plan).frame.empty


@pytest.mark.slow
def test_a_cart_that_nobody_leaves_is_found_without_any_history(parquet_of: Parquet) -> None:
    """A fee of 50 on a shirt of 12: all is well up to the cart, and nothing is sold."""
    plan = PLAN | {"actions": PLAN["actions"][:2], "funnel": ["view", "cart"]}
    found = look(parquet_of, visits(lambda *where: 0.0 if where[2] == 2 else 1.0), plan)
    row = found.frame.iloc[0]
    assert (row["rule"], row["step"], row["then"]) == ("hardly anybody goes on", "cart", "purchase")
    assert "Hardly anybody goes on from cart to purchase" in found.finding
    assert "shipping" in row["cause"]
    assert np.isnan(row["money"])  # the log has no purchase to value a visit by


@pytest.mark.slow
def test_errors_are_evidence_for_the_step_that_they_stop(parquet_of: Parquet) -> None:
    def broken(day: int, _: str, step: int) -> float:
        return 0.5 if step == 3 and 20 <= day < 30 else 1.0

    frame = visits(broken)
    day = (frame["timestamp"] - START).dt.days
    errors = frame[(frame["event"] == "payment") & day.between(20, 29)].iloc[::2]
    errors = errors.assign(
        event="payment_error", timestamp=errors["timestamp"] + pd.Timedelta("5s")
    )
    plan = PLAN | {
        "actions": [
            *PLAN["actions"],
            {"name": "payment_error", "event": "payment_error", "kind": "friction"},
        ]
    }
    found = look(parquet_of, pd.concat([frame, errors]), plan)
    assert len(found.frame) == 1
    assert found.frame["step"].iloc[0] == "payment"
    assert "payment_error in" in found.frame["evidence"].iloc[0]


@pytest.mark.slow
def test_errors_that_the_plan_does_not_know_are_found_by_their_name(parquet_of: Parquet) -> None:
    frame = visits()
    day = (frame["timestamp"] - START).dt.days
    errors = frame[(frame["event"] == "cart") & day.between(20, 25)].iloc[::3]
    errors = errors.assign(event="Coupon Bug", timestamp=errors["timestamp"] + pd.Timedelta("5s"))
    found = look(parquet_of, pd.concat([frame, errors]))
    assert found.frame["rule"].tolist() == ["trouble"]
    assert found.frame["then"].tolist() == ["Coupon Bug"]
    assert "met Coupon Bug from 2026-01-25 to 2026-01-30" in found.finding
    assert found.frame["money"].isna().all()


@pytest.mark.slow
def test_counts_are_those_of_a_count_by_hand(parquet_of: Parquet) -> None:
    frame = visits(seed=3)
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN), quiet=True) as log:
        pairs = find_pairs(log)
        span, series = count_passes(log, pairs)
    assert span.days == DAYS
    done = frame.groupby("user_id")["event"].agg(set)
    of_day = frame.groupby("user_id")["timestamp"].min().sub(START).dt.days
    device = frame.groupby("user_id")["device"].first()
    for each in series:
        opened = done.map(lambda events, pair=each.pair: pair.first.name in events)
        both = opened & done.map(lambda events, pair=each.pair: pair.then.name in events)
        if each.segment[0]:
            opened, both = opened & (device == each.segment[1]), both & (device == each.segment[1])
        for counted, expected in ((each.seen, opened), (each.went, both)):
            by_day = np.bincount(of_day[expected], minlength=DAYS)
            np.testing.assert_array_equal(counted, by_day)
        if each.pair.wanted and each.went.sum() > 1_000:
            assert each.foretold.sum() == pytest.approx(each.went.sum(), rel=0.02)


@pytest.mark.slow
def test_given_pairs_are_judged_too_and_refused_where_unknown(parquet_of: Parquet) -> None:
    frame = visits(lambda day, _, step: 0.2 if step == 2 and day >= 30 else 1.0)
    plan = PLAN | {"funnel": ["view"]}
    names = [("cart", "payment")]
    assert "payment" in set(look(parquet_of, frame, plan, pairs=names).frame["then"])
    with pytest.raises(InputError, match="pairs names 'paymnt', which is no action of the plan"):
        look(parquet_of, frame, plan, pairs=[("cart", "paymnt")])


@pytest.mark.slow
def test_a_short_log_is_not_judged(parquet_of: Parquet) -> None:
    frame = visits()
    short = frame[frame["timestamp"] < START + pd.Timedelta(days=10)]
    found = look(parquet_of, short)
    assert found.finding.startswith("Not judged: the log has 10 days")
    assert found.frame.empty


@pytest.mark.slow
def test_sequences_without_visits_are_followed_over_the_horizon(parquet_of: Parquet) -> None:
    """By the clock a user's first horizon counts: steps days apart are one way."""
    frame = visits(lambda day, _, step: 0.2 if step == 2 and 22 <= day < 34 else 1.0)
    step = frame["event"].map({name: k for k, name in enumerate(STEPS)})
    slow = frame.assign(timestamp=frame["timestamp"] + pd.to_timedelta(step * 20, unit="h"))
    plan = PLAN | {"moments": {"clock": "1d", "quiet": "5d"}, "horizon": "5d"}
    row = look(parquet_of, slow, plan).frame.iloc[0]
    assert (row["step"], row["then"]) == ("cart", "payment")
    assert row["since"] in ("2026-01-26", "2026-01-27", "2026-01-28")


@pytest.mark.slow
def test_hostile_names_come_out_as_text(parquet_of: Parquet) -> None:
    frame = visits(lambda day, _, step: 0.1 if step == 3 and 20 <= day < 30 else 1.0)
    hostile = "<script>alert($x$)</script>\n=1+1" + "x" * 5_000
    frame["device"] = frame["device"].replace("mobile", hostile)
    frame["event"] = frame["event"].replace("payment", hostile)
    plan = PLAN | {"funnel": ["view", "cart", "$p_5$<b>"]}
    plan["actions"] = [*PLAN["actions"][:2], {"name": "$p_5$<b>", "event": hostile}]
    found = look(parquet_of, frame, plan)
    assert found.frame["step"].iloc[0] == "$p_5$<b>"
    page = found._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    found.plot().figure.canvas.draw()
    plt.close("all")
    with pytest.raises(InputError, match=r"number=99 is none of the \d+ findings"):
        found.plot(99)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found_at_their_step_in_nine_of_ten_shops(
    parquet_of: Parquet, fault: str
) -> None:
    expected = {
        "payment": ("payment_details", "purchase", "device: mobile"),
        "shipping_fee": ("add_to_cart", "begin_checkout", "all"),
    }
    right = 0
    for seed in range(10):
        frame = plant(simulate("funnel", 40_000, 200 + seed), fault, seed)
        first, last = window(frame, fault)
        with ml.read_events(parquet_of(frame), plan_for("funnel"), quiet=True) as log:
            found = ml.diagnose(log).frame
        if found.empty:
            continue
        row = found.iloc[0]
        where = (row["step"], row["then"], row["segment"]) == expected[fault]
        days = [abs(pd.Timestamp(row[end], tz="UTC") - day).days
                for end, day in (("since", first), ("until", last))]  # fmt: skip
        right += where and len(found) == 1 and max(days) <= 2
    assert right >= 9


@pytest.mark.slow
@pytest.mark.parametrize("shop", ["funnel", "channels"])
def test_ten_healthy_shops_raise_nothing(parquet_of: Parquet, shop: str) -> None:
    for seed in range(10):
        frame = simulate(shop, 40_000, 300 + seed)
        with ml.read_events(parquet_of(frame), plan_for(shop), quiet=True) as log:
            assert ml.diagnose(log).frame.empty, seed
