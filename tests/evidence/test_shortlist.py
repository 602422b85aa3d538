"""The shortlist: what is chosen, what is left out, and the reason for each."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.simulate import plan_for, simulate

Write = Callable[[pd.DataFrame], Path]


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def shop(users: int = 3_000) -> pd.DataFrame:
    """Visitors over 60 days: cart raises, clip does nothing, pay is a gate, tip is rare.

    Whoever does cart does "cart seen" a second later.
    """
    rng = np.random.default_rng(1)
    rows: list[tuple[str, datetime, str]] = []
    for number in range(users):
        user = f"u{number}"
        t = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=int(rng.integers(0, 60 * 24 * 60)))
        rows.append((user, t, "page"))
        if rng.random() < 0.4:
            rows.append((user, t + timedelta(minutes=1), "clip"))
        if number % 100 == 0:
            rows.append((user, t + timedelta(minutes=2), "tip"))
        if rng.random() < 0.3:
            rows.append((user, t + timedelta(minutes=3), "cart"))
            rows.append((user, t + timedelta(minutes=3, seconds=1), "cart seen"))
            if rng.random() < 0.6:
                rows.append((user, t + timedelta(minutes=16), "pay"))
                if rng.random() < 0.5:
                    rows.append((user, t + timedelta(minutes=20), "buy"))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])


PLAN = ml.Plan.from_dict(
    {
        "macro": {"event": "buy"},
        "horizon": "3d",
        "actions": [
            {"name": "clip", "event": "clip", "kind": "engagement"},
            {"name": "tip", "event": "tip", "kind": "secondary"},
            {"name": "cart", "event": "cart"},
            {"name": "<b>seen</b>", "event": "cart seen"},
            {"name": "pay", "event": "pay"},
        ],
        "funnel": ["cart", "pay"],
    }
)


@pytest.mark.slow
def test_what_adds_is_chosen_and_the_rest_left_out_each_with_its_reason(parquet_of: Write) -> None:
    with ml.read_events(parquet_of(shop()), PLAN) as log:
        model = ml.LiftModel(rotations=1).fit(ml.moments(log))
        found = ml.shortlist(model)
        few = ml.shortlist(model, least=1, most=1)
    assert found.actions == ("cart", "pay")
    assert few.actions == ("cart",)
    assert "'cart', 'pay', 2 of 5 actions (5 were wanted, and no more qualify)" in found.finding
    frame = found.to_frame().set_index("action")
    for action, reason in {
        "cart": "Chosen: it tells",
        "pay": "a gate: everybody who converts does it",
        "clip": "not shown to raise the macro",
        "tip": "too rare: 15 users in 30 days",
        "<b>seen</b>": "100% of its users in common with 'cart'",
    }.items():
        assert reason in frame.loc[action, "reason"], action
    assert frame.loc["cart", "early"] == pytest.approx(17 / 20, abs=0.01)
    assert frame.loc["cart", "lead"] == pytest.approx(17 / 60, abs=0.01)
    assert "<b>seen" not in found._repr_html_()
    for narrow in (False, True):
        found.plot(narrow=narrow).figure.canvas.draw()


@pytest.mark.slow
def test_a_log_too_short_for_a_later_part_is_refused(parquet_of: Write) -> None:
    log = shop(1_500)
    log = log[log["timestamp"] < "2026-01-15"]
    with ml.read_events(parquet_of(log), PLAN) as read:
        model = ml.LiftModel(rotations=1).fit(ml.moments(read))
        with pytest.raises(ml.InputError, match=r"shortlist\(\) has a log of .* needs 20\.0 days"):
            ml.shortlist(model)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "chosen", "never"),
    [
        ("channels", {"add_to_cart", "view_item"}, {"video", "chat", "opened", "brochure"}),
        ("funnel", {"add_to_cart", "begin_checkout"}, {"opened", "brochure", "shipping_info"}),
    ],
)
def test_simulated_shops_with_a_twin_and_a_rare_action(
    parquet_of: Write, name: str, chosen: set[str], never: set[str]
) -> None:
    log = simulate(name, 25_000, 1)
    twin = log[log["event"] == "add_to_cart"].assign(event="opened")
    twin["timestamp"] += timedelta(seconds=1)
    rare = log[log["event"] == "visit"].sample(40, random_state=1).assign(event="brochure")
    rare["timestamp"] += timedelta(seconds=5)
    plan = plan_for(name).to_dict()
    plan["actions"] += [{"name": n, "event": n} for n in ("opened", "brochure")]
    with ml.read_events(parquet_of(pd.concat([log, twin, rare])), ml.Plan.from_dict(plan)) as read:
        found = ml.shortlist(ml.LiftModel(rotations=1).fit(ml.moments(read)))
    assert chosen <= set(found.actions)
    assert not never & set(found.actions)
    reasons = found.to_frame().set_index("action")["reason"]
    assert "in common with 'add_to_cart'" in reasons["opened"]
    assert "too rare" in reasons["brochure"]
