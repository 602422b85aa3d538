"""The overview: a sentence and a file for each look, and a reason where there is none."""

from pathlib import Path

import pandas as pd
import pytest

import microlift as ml
from microlift.cli import main
from microlift.overview import LOOKS
from microlift.simulate import plan_for, write_shop


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "events.parquet"
    write_shop("plain", path, users=3_000, seed=1, truth_users=1)
    return path


@pytest.mark.slow
def test_each_look_is_a_sentence_and_a_file(events: Path, tmp_path: Path) -> None:
    found = ml.overview(plan_for("plain"), events, tmp_path)
    assert set(found.looks) | set(found.refused) == set(LOOKS)
    # The plan of this shop has no funnel, so that look is refused and all others are there.
    assert set(found.refused) == {"funnel"}
    assert "The plan has no funnel" in repr(found)
    for name, look in found.looks.items():
        assert f"{name}: {look.finding}" in repr(found)
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) == len(look.frame)
    assert not (tmp_path / "funnel.csv").exists()


@pytest.mark.slow
def test_the_command_prints_the_sentences_and_where_the_files_are(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = events.parent / "plan.yaml"
    out = tmp_path / "looks"
    given = ["--plan", str(plan), "--events", str(events), "--out", str(out), "--quiet"]
    assert main(["journeys", *given]) == 0
    said = capsys.readouterr().out
    assert "rates: " in said
    assert f"written: {out / 'backlog.csv'}" in said


def test_nothing_is_written_where_the_plan_is_wrong(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.yaml"
    text = (events.parent / "plan.yaml").read_text("utf-8")
    plan.write_text(text.replace("purchase", "bought"), "utf-8")
    out = tmp_path / "looks"
    given = ["--plan", str(plan), "--events", str(events), "--out", str(out), "--quiet"]
    assert main(["journeys", *given]) == 2
    assert "nobody converts" in capsys.readouterr().err
    assert not list(out.glob("*.csv"))
