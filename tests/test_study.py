"""The evidence in one go, and runs whose verdicts have passed the checks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.cli import main
from microlift.simulate import plan_for, write_shop
from microlift.study import LOOKS


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "events.parquet"
    write_shop("plain", path, users=6_000, seed=1, truth_users=1)
    return path


@pytest.mark.slow
def test_each_look_is_a_sentence_and_a_file(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "experiments.yaml"
    known.write_text("- {action: video, effect: 1.02, low: 0.9, high: 1.15}\n", "utf-8")
    out = tmp_path / "looks"
    given = ["--plan", str(events.parent / "plan.yaml"), "--events", str(events)]
    given += ["--out", str(out), "--experiments", str(known), "--quiet"]
    assert main(["evidence", *given]) == 0
    said = capsys.readouterr().out
    for name in LOOKS:
        assert f"{name}: " in said
        assert not pd.read_csv(out / f"{name}.csv").empty
    assert f"written: {out / 'backtest.csv'}" in said


@pytest.mark.slow
def test_a_log_too_short_for_a_backtest_says_how_much_is_needed_and_tells_the_rest(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.parquet"
    write_shop("plain", path, users=4_000, seed=2, truth_users=1)
    log = pd.read_parquet(path)
    log[log["timestamp"] < log["timestamp"].min() + pd.Timedelta(days=30)].to_parquet(path)
    found = ml.study(plan_for("plain"), path)
    assert "needs" in found.refused["backtest"]
    assert "days" in found.refused["backtest"]
    assert "checks" in found.looks


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("- {action: vidoe, effect: 1.1, low: 1.0, high: 1.2}", "video"),
        ("- {action: video, effect: 1.1, low: 1.2, high: 1.0}", "low"),
        ("- {action: video, effect: 12%, low: 8%, high: 16%}", "ratio is asked"),
    ],
)
def test_wrong_experiments_are_refused_before_anything_is_read_or_written(
    line: str, message: str, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known, out = tmp_path / "experiments.yaml", tmp_path / "looks"
    known.write_text(f"{line}\n", "utf-8")
    given = ["--plan", str(events.parent / "plan.yaml"), "--events", str(events)]
    given += ["--out", str(out), "--experiments", str(known), "--quiet"]
    assert main(["evidence", *given]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not out.exists()


@pytest.mark.slow
def test_an_action_that_fails_a_check_is_not_identified_and_not_primary(tmp_path: Path) -> None:
    """Users from email all but always act: for them there is nobody to compare with."""
    draw = np.random.default_rng(5)
    users = 6_000
    email = draw.random(users) < 0.4
    acts = draw.random(users) < np.where(email, 0.97, 0.02)
    buys = draw.random(users) < np.where(acts, 0.3, 0.05)
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(draw.integers(20 * 24, size=users), "h")
    parts = {"visit": np.ones(users, dtype=bool), "act": acts, "buy": buys}
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "user_id": np.flatnonzero(here),
                    "timestamp": start[here] + pd.Timedelta(minutes=k),
                    "event": name,
                    "channel": np.where(email, "email", "search")[here],
                }
            )
            for k, (name, here) in enumerate(parts.items())
        ]
    )
    frame.to_parquet(tmp_path / "log.parquet")
    plan = ml.Plan.from_dict(
        {
            "macro": {"event": "buy"},
            "horizon": "1d",
            "log": {"attributes": ["channel"]},
            "actions": [{"name": "act", "event": "act"}],
        }
    )
    free = ml.run(plan, tmp_path / "log.parquet", checks=False)
    checked = ml.run(plan, tmp_path / "log.parquet")
    assert free.evidence is None
    assert free.lift.to_frame()["verdict"].tolist() == ["raises"]
    assert checked.evidence is not None
    row = checked.lift.to_frame().iloc[0]
    assert row["verdict"] == "not identified"
    assert "check failed: overlap" in row["note"]
    assert not checked.weights.actions[0].primary
