"""A URL is no path, and what it holds is shown to nobody."""

from pathlib import Path

import pytest

from microlift.cli.command import main

URLS = ("https://ann:hunter2@host/log.csv", "s3://bucket/log.parquet?secret_key=hunter2&x=1")
PLAN = """
macro: {event: purchase}
horizon: 14d
actions: [{name: cart, event: cart}]
"""


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("verb", ["check", "lift", "weights", "journeys", "report", "init"])
def test_a_url_is_refused_and_its_secret_hidden(
    verb: str, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, out = tmp_path / "plan.yaml", tmp_path / "out"
    plan.write_text(PLAN)
    given = [] if verb == "init" else ["--plan", str(plan)]
    written = [] if verb == "check" else ["--out", str(out / "x.yaml" if verb == "init" else out)]
    assert main([verb, "--events", url, *given, *written]) == 2
    said = capsys.readouterr()
    assert "is a URL" in said.err
    assert "hunter2" not in said.out + said.err
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["plan.yaml"]
