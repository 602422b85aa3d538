"""An assignment in the log: who is counted, and what is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import microlift as ml

Parquet = Callable[[pd.DataFrame], Path]
ASKED = {"action": "chat", "assigned": "variant", "control": "0"}
START = pd.Timestamp("2026-01-05", tz="UTC")
HOSTILE = "<b>other\x1b</b>"
PLAN: dict[str, Any] = {
    "log": {"attributes": ["variant"]},
    "macro": {"event": "buy"},
    "horizon": "7d",
    "actions": [{"name": "chat", "event": "chat"}],
}


def _log(users: int, seed: int, arms: tuple[str, ...] = ("0", "1")) -> pd.DataFrame:
    """A hidden trait moves chat and buying; the variant moves chat, and chat doubles buying."""
    rng = np.random.default_rng(seed)
    arm, eager, mood = rng.integers(0, len(arms), users), rng.random(users) < 0.3, rng.random(users)
    did = mood < np.where(eager, 0.6, 0.1) + 0.25 * (arm == 1)
    buys = rng.random(users) < np.where(eager, 0.30, 0.06) * np.where(did, 2.0, 1.0)
    came = START + pd.to_timedelta(rng.integers(0, 20 * 86_400, users), unit="s")
    names = np.array([f"u{i}" for i in range(users)])
    parts = []
    for event, who, hours in (("visit", slice(None), 0), ("chat", did, 0.2), ("buy", buys, 30)):
        time = came[who] + pd.Timedelta(hours=hours)
        labels = np.array(arms)[arm[who]]
        parts.append(
            pd.DataFrame(
                {"user_id": names[who], "timestamp": time, "event": event, "variant": labels}
            )
        )
    end = {"user_id": "end", "timestamp": START + pd.Timedelta(days=30), "event": "visit"}
    return pd.concat([*parts, pd.DataFrame([end | {"variant": None}])], ignore_index=True)


def _read(frame: pd.DataFrame, parquet_of: Parquet) -> ml.EventLog:
    return ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN))


@pytest.fixture(scope="module")
def encouraged(parquet_of: Parquet) -> Iterator[ml.EventLog]:
    """Three arms, of which the third is called by a hostile name and changes nothing."""
    with _read(_log(9_000, 1, ("0", "1", HOSTILE)), parquet_of) as log:
        yield log


def test_an_encouragement_is_right_where_lift_and_association_are_wrong(
    encouraged: ml.EventLog,
) -> None:
    found = ml.randomised(encouraged, "chat", assigned="variant", control="0")
    seen = ml.LiftModel(rotations=1).fit(ml.moments(encouraged)).lift_.frame
    assert seen.loc[0, "association_low"] > 3, "the naive figure is meant to be wrong: truth is 2"
    assert seen.loc[0, "lift_low"] > 2.5, "no log shows the trait: lift is meant to be wrong"
    assert found.ratio.low < 2 < found.ratio.high
    assert found.ratio.high < 4.5
    assert not found.weak
    assert "raises" in found.finding
    assert found.to_experiment().log_effect == pytest.approx(np.log(found.ratio.value))


def test_only_mature_users_count_and_only_what_lies_within_the_horizon(
    parquet_of: Parquet,
) -> None:
    day = pd.Timedelta(days=1)
    rows: list[tuple[str, pd.Timestamp, str, str]] = []
    for i in range(300):
        rows.append((f"u{i}", START, "visit", str(i % 2)))
        if i < 40:
            rows += [(f"u{i}", START + day, "chat", ""), (f"u{i}", START + 7 * day, "buy", "")]
        elif i < 60:  # the order of the two says that chat did not lead to it
            rows += [(f"u{i}", START + day, "buy", ""), (f"u{i}", START + 2 * day, "chat", "")]
        elif i < 80:  # both too late
            rows += [(f"u{i}", START + 8 * day, "chat", ""), (f"u{i}", START + 9 * day, "buy", "")]
    rows += [(f"late{i}", START + 8 * day, "visit", "1") for i in range(50)]
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "variant"])
    with _read(frame, parquet_of) as log:
        found = ml.randomised(log, "chat", assigned="variant", design="direct")
    table = found.to_frame()
    assert table["users"].tolist() == [150, 150]
    assert table["count"].tolist() == [30, 30]
    assert table["did"].tolist() == [20, 20]
    assert found.ratio.value == 1


@pytest.mark.slow
def test_too_few_users_are_refused(parquet_of: Parquet) -> None:
    with (
        _read(_log(150, 1), parquet_of) as log,
        pytest.raises(ml.InputError, match="too few to tell an effect from chance"),
    ):
        ml.randomised(log, "chat", assigned="variant")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"action": "chatt"}, "nearest: 'chat'"),
        ({"action": "buy"}, "is the macro"),
        ({"assigned": "varient"}, "assigned='varient' is no attribute"),
        ({"treated": "yes"}, "treated='yes' is no arm"),
        ({"control": None}, "a mix of arms is no control. Name one"),
        ({"control": "1"}, "control='1' is no arm"),
        ({"design": "ab"}, "design='ab'"),
    ],
)
def test_what_is_not_there_is_refused(
    encouraged: ml.EventLog, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(ml.InputError, match=said):
        ml.randomised(encouraged, **(ASKED | asked))


def test_an_arm_that_is_not_asked_for_is_left_out_and_a_hostile_one_is_escaped(
    encouraged: ml.EventLog,
) -> None:
    found = ml.randomised(encouraged, "chat", assigned="variant", control="0")
    hostile = ml.randomised(encouraged, "chat", "variant", treated=HOSTILE, control="0")
    assert "of no arm asked for" in found.notes[-1]
    assert found.to_frame()["users"].sum() < 6_500
    assert "<b>" not in hostile._repr_html_()
    assert "\x1b" not in repr(hostile)
    assert hostile.weak
    assert "Weak instrument" in repr(hostile)
    assert "does not bound" in hostile.finding
    with pytest.raises(ml.InputError, match="no weight beside the log"):
        hostile.to_experiment()


def test_it_draws_itself(encouraged: ml.EventLog) -> None:
    found = ml.randomised(encouraged, "chat", assigned="variant", control="0")
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        assert axes.get_xlabel().startswith("share of users")
        axes.figure.clear()
