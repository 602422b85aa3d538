"""The committed notebooks, run as they are in production on simulated shops."""

import json
import re

import nbformat
import pandas as pd
import pytest
import yaml

from microlift.reporting import gate, html, runner
from microlift.reporting.kernel import Limits
from microlift.simulate import plan_for, simulate

pytestmark = pytest.mark.notebook


@pytest.fixture
def report(tmp_path):
    """Simulate a shop and run the weekly report on it."""

    def go(shop, users, rename=None):
        plan = plan_for(shop).to_dict()
        events = simulate(shop, users, 3)
        if rename:
            old = plan["actions"][0]["event"]
            events["event"] = events["event"].replace(old, rename)
            plan["actions"][0] |= {"name": rename, "event": [rename]}
            plan["funnel"] = []
        events.to_parquet(tmp_path / "events.parquet")
        (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), "utf-8")
        files = (tmp_path / "plan.yaml", tmp_path / "events.parquet", tmp_path / "out")
        return runner.run_report(*files, quiet=True), tmp_path / "out", events

    return go


def test_a_shop_with_effects_gets_a_page_tables_and_weights(report):
    outcome, out, events = report("plain", 6_000, rename="<b>_$x$")
    assert outcome.exit_code in (0, 3), outcome.message
    page = outcome.html.read_text("utf-8")
    assert gate.check(page, [str(out)]) == []
    assert not any(user in page for user in events["user_id"].unique()[:200] if len(user) > 5)
    assert "&lt;b&gt;_$x$" in page
    lifts = pd.read_csv(out / "lift.csv")
    assert f"of {len(lifts)}" in page
    assert (out / "weights.json").exists() == (outcome.exit_code == 0)
    (manifest,) = (out / "weekly" / "runs").glob("*/manifest.json")
    assert len(json.loads(manifest.read_text())["fingerprint"]) == 16


def test_a_shop_without_effects_gets_a_banner_and_no_weights(report):
    outcome, out, _ = report("null", 4_000)
    assert outcome.exit_code == 3, outcome.message
    page = outcome.html.read_text("utf-8")
    assert "Bid on no action yet" in page  # there is nothing to keep: nothing was published before
    assert "keep what you last published" not in page
    assert (out / "ledger.csv").exists()
    assert not (out / "weights.json").exists()


_DRAWS = r"\.plot\((?!ax)|plt\.subplots\(|forests\.forest\("


@pytest.mark.parametrize(
    ("stem", "figures"), [("1_explore", 17), ("2_lift", 3), ("3_evidence", 11), ("4_weights", 5)]
)
def test_a_notebook_runs_to_its_end_and_shows_its_figures(tmp_path, stem, figures):
    source = runner.notebook_path("weekly").parents[1] / f"{stem}.ipynb"
    judged = runner.execute(source, tmp_path / "done.ipynb", {}, quiet=True, limits=Limits())
    assert judged.exit_code == 0, judged.message
    book = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    shown = 0
    for cell in book["cells"]:
        outputs = cell.get("outputs", [])
        assert not [output for output in outputs if output.get("name") == "stderr"], outputs
        kinds = [{"image/png", "image/svg+xml"} & {*output.get("data", {})} for output in outputs]
        drawn = sum(map(len, kinds))
        assert drawn == len(re.findall(_DRAWS, cell["source"])), cell["source"]
        shown += drawn
    assert shown == figures
    assert gate.check(html.render(book), [str(tmp_path)]) == []
