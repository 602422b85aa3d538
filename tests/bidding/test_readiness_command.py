"""The command `readiness`: what it prints, writes and refuses."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from microlift.cli import main
from microlift.simulate import plan_for, simulate

Parquet = Callable[[pd.DataFrame], Path]


@pytest.fixture
def small(parquet_of: Parquet, tmp_path: Path) -> tuple[str, str]:
    """Plan and log of a shop with fewer than 15 macros."""
    log = simulate("plain", 100, 1)
    macros = log.index[log["event"] == "purchase"]
    path = parquet_of(log.drop(macros[12:]))
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(plan_for("plain").to_dict()), encoding="utf-8")
    return str(plan), str(path)


def test_too_few_macros_for_weights_are_where_readiness_is_asked_for(
    small: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["readiness", "--plan", small[0], "--events", small[1], "--out", str(out), "--quiet"]
    assert main([*asked, "--by", "channel"]) == 0
    said = capsys.readouterr().out
    assert "ready for the mode micro" in said
    rows = pd.read_csv(out / "readiness.csv")
    assert rows["segment"].iloc[0] == "account"
    assert rows["macros"].iloc[0] == rows["macros"].iloc[1:].sum() > 0
    for name in said.split("written: ")[1:]:
        assert Path(name.split("\n")[0]).is_file()


def test_an_unknown_attribute_and_a_wrong_amount_are_refused_and_nothing_is_written(
    small: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["readiness", "--plan", small[0], "--events", small[1], "--out", str(out), "--quiet"]
    assert main([*asked, "--by", "campaign"]) == 2
    assert "by='campaign' is no attribute" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(SystemExit, match="2"):
        main([*asked, "--spend", "-3"])
    assert "not an amount above 0" in capsys.readouterr().err


@pytest.mark.slow
def test_a_shop_with_macros_gets_the_note_of_the_mode_that_it_is_ready_for(
    parquet_of: Parquet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, plan, out = parquet_of(simulate("funnel", 6_000, 1)), tmp_path / "p.yaml", tmp_path / "o"
    plan.write_text(yaml.safe_dump(plan_for("funnel").to_dict()), encoding="utf-8")
    asked = ["readiness", "--plan", str(plan), "--events", str(path), "--out", str(out)]
    assert main([*asked, "--quiet", "--spend", "2000"]) == 0
    said = capsys.readouterr().out
    assert "stand up to checks" in said
    names = ["client_note.html", "client_note.md", "double_counting.csv", "readiness.csv"]
    assert sorted(each.name for each in out.iterdir()) == names
    assert "the mode macro asks for `weights: {mode: macro}`" in said
    assert "shows now" in (out / "client_note.md").read_text("utf-8")
    assert "Return on ad spend" in (out / "client_note.html").read_text("utf-8")
