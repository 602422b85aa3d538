"""The reports beside the weekly one, run as they are in production on a small, hostile log."""

import json
import re

import pytest
import yaml

from microlift.reporting import gate, runner
from microlift.simulate import plan_for, simulate

pytestmark = pytest.mark.notebook
NAME = "<b>_$x$"
KINDS = {
    "journeys": ("visitors who convert, %", ["rates", "funnel", "broken", "backlog"]),
    "evidence": ("checks failed", ["checks", "check-balance", "backtest", "settling"]),
    "bidding": ("macros in 30 days", ["readiness", "doubles", "note", "history"]),
    "quality": ("macros", ["verdicts", "rows", "macros", "events"]),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A small shop without a funnel, one of whose events has a hostile name."""
    folder = tmp_path_factory.mktemp("shop")
    plan, events = plan_for("plain").to_dict(), simulate("plain", 1_500, 3)
    events["event"] = events["event"].replace(plan["actions"][0]["event"], NAME)
    events.to_parquet(folder / "events.parquet")
    plan["actions"][0] |= {"name": NAME, "event": [NAME]}
    plan["funnel"] = []
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), "utf-8")
    return folder, set(events["user_id"])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_report_publishes_its_page_alone(shop, kind, tmp_path):
    folder, users = shop
    figure, anchors = KINDS[kind]
    files = (folder / "plan.yaml", folder / "events.parquet", tmp_path / "out")
    outcome = runner.run_report(*files, kind=kind, quiet=True)
    assert outcome.exit_code == 0, outcome.message
    page = outcome.html.read_text("utf-8")
    assert gate.check(page, [str(tmp_path), str(folder)]) == []
    assert [name for name in anchors if f'id="{name}"' not in page] == []
    assert NAME not in page
    assert "&lt;b&gt;_$x$" in page
    assert users & set(re.findall(r"\bu\d{5,}\b", page)) == set()
    assert len(page) < 1_000_000
    (run,) = (tmp_path / "out" / kind / "runs").iterdir()
    facts = json.loads((run / "manifest.json").read_text("utf-8"))
    assert facts["headline"][figure] >= 0
    assert len(facts["fingerprint"]) == 16
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {kind, "index.html"}
    if kind == "journeys":
        assert "The plan has no funnel" in page
    if kind == "bidding":
        assert "No weights are published" in page
