"""Names that were seen in real exports, and worse, pass through every path and harm nothing.

As event names, as labels of an attribute and, as far as a plan lets them, as names of actions.
"""

import contextlib
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

import microlift as ml
from microlift.cli import main
from microlift.events import read_events
from microlift.plan import Plan
from microlift.reporting import blocks, gate, labels
from microlift.reporting.page import page

from .hostile import LONG, LOOKUP, NUL, OF_THE_PLAN, OTHERS, SCRIPT, TURNED, plan_text, rows


def ga4(frame: pd.DataFrame) -> str:
    lines = []
    for row in frame.to_dict("records"):
        params = [{"key": "channel", "value": {"string_value": row["channel"]}}]
        if row["value"] == row["value"]:
            params.append({"key": "value", "value": {"double_value": row["value"]}})
            params.append({"key": "currency", "value": {"string_value": row["currency"]}})
        event = {
            "event_date": f"{row['timestamp']:%Y%m%d}",
            "event_timestamp": str(row["timestamp"].value // 1_000),
            "event_name": row["event"],
            "user_pseudo_id": row["user_id"],
            "event_params": params,
        }
        lines.append(json.dumps(event) + "\n")
    return "".join(lines)


@pytest.fixture(scope="module")
def shops(tmp_path_factory) -> dict[str, Path]:
    """The same shop in each encoding: a folder with a log and a plan."""
    frame = rows()
    folders = {}
    for encoding in ("parquet", "csv", "jsonl", "ga4"):
        folder = folders[encoding] = tmp_path_factory.mktemp(encoding)
        log = folder / f"log.{encoding}"
        if encoding == "parquet":
            frame.to_parquet(log)
        elif encoding == "csv":
            frame.to_csv(log, index=False)
        elif encoding == "jsonl":
            frame.assign(timestamp=frame["timestamp"].astype(str)).to_json(
                log, orient="records", lines=True
            )
        else:
            folder.joinpath("log.ga4").mkdir()
            (log / "events_20240101.json").write_text(ga4(frame), "utf-8")
        own = {"format": "ga4", "columns": {}, "attributes": ["event_params.channel"]}
        text = plan_text(**(own if encoding == "ga4" else {}))
        (folder / "plan.yaml").write_text(text, "utf-8")
    return folders


def run(verb: str, folder: Path, *more: str) -> tuple[int, str, str]:
    events = next(folder.glob("log.*"))
    given = [verb, "--events", str(events), *more]
    if verb != "init":
        given += ["--plan", str(folder / "plan.yaml")]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(given)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def is_harmless(text: str) -> bool:
    """Whether text can neither steer a terminal nor flood it."""
    lines = text.split("\n")
    return all(line.isprintable() and len(line) < 1_000 for line in lines)


@pytest.mark.parametrize("encoding", ["parquet", "csv", "jsonl", "ga4"])
def test_hostile_names_are_read_in_every_encoding(shops, encoding):
    folder = shops[encoding]
    with read_events(next(folder.glob("log.*")), Plan.load(folder / "plan.yaml")) as log:
        counts = log.facts.event_counts
        assert log.facts.macros > 100
    assert {LOOKUP, SCRIPT, LONG, TURNED} <= set(counts)
    assert set(OTHERS) - {NUL} <= set(counts)
    assert counts[NUL.replace("\0", "\ufffd")] == 4


def test_hostile_names_in_json_are_json(shops):
    code, out, err = run("check", shops["csv"], "--quiet", "--json")
    assert code in (0, 2)
    assert err == ""
    assert out.isascii()
    assert json.loads(out)


@pytest.mark.parametrize("encoding", ["parquet", "ga4"])
def test_hostile_names_in_a_terminal_are_text(shops, encoding):
    code, out, err = run("check", shops[encoding], "--quiet")
    assert code in (0, 2)
    assert err == ""
    assert "22 checks" in out
    assert "\\x1b[2Jads\\n" in out
    assert is_harmless(out)


@pytest.mark.parametrize("encoding", ["parquet", pytest.param("jsonl", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_hostile_names_are_drafted_into_a_plan_that_runs(shops, encoding, tmp_path):
    plan = tmp_path / "plan.yaml"
    macro = OF_THE_PLAN["purchase"]
    code, out, err = run("init", shops[encoding], "--out", str(plan), "--macro", macro, "--quiet")
    assert (code, err) == (0, "")
    assert is_harmless(out)
    assert is_harmless(plan.read_text("utf-8"))
    assert yaml.safe_load(plan.read_text("utf-8"))["macro"]["event"] in (macro, [macro])
    (tmp_path / "log.parquet").symlink_to(shops["parquet"] / "log.parquet")
    code, out, err = run("lift", tmp_path, "--out", str(tmp_path / "out"), "--quiet", "--no-checks")
    assert (code, err) == (0, "")
    assert is_harmless(out)


def check_table(path: Path) -> None:
    first = pd.read_csv(path).iloc[:, 0]
    assert len(first) > 3
    # A spreadsheet runs what begins like this.
    assert not first.str.startswith(("=", "+", "-", "@", "\t", "\r")).any()


def test_hostile_names_in_the_files_of_a_run_are_quoted_and_whole(shops, tmp_path):
    code, out, err = run("weights", shops["parquet"], "--out", str(tmp_path / "out"), "--no-checks")
    assert code == 0
    assert is_harmless(out)
    said = [line for line in re.split(r"[\r\n]", err) if line.startswith("microlift")]
    assert all(map(is_harmless, said))
    for name in ("lift.csv", "ledger.csv"):
        check_table(tmp_path / "out" / name)
    weights = json.loads((tmp_path / "out" / "weights.json").read_text("utf-8"))
    assert {TURNED, '=cmd()|"x"'} <= {action["name"] for action in weights["actions"]}
    assert LONG in (tmp_path / "out" / "ledger.csv").read_text("utf-8")


@pytest.fixture(scope="module")
def results(shops) -> dict[str, object]:
    """Every kind of result of the hostile shop."""
    plan = Plan.load(shops["parquet"] / "plan.yaml")
    first, second = (action.name for action in plan.actions[:2])
    with read_events(shops["parquet"] / "log.parquet", plan) as log:
        model = ml.LiftModel().fit(ml.moments(log))
        ledger = ml.Ledger.from_model(model)
        broken = ml.diagnose(log)
        made = {
            "rates": ml.rates(log),
            "audience": ml.audience(log, by="channel"),
            "funnel": ml.funnel(log, steps=[first, second], by="channel"),
            "cohorts": ml.cohorts(log, [f"'{first}'", f"'{first}' THEN '{second}'"]),
            "trend": ml.trend(log, action=first),
            "times": ml.time_to_macro(log, by="channel"),
            "hazards": ml.hazards(log),
            "lags": ml.lags(log),
            "paths": ml.paths(log),
            "leaving": ml.paths(log, to="leaving"),
            "assists": ml.assists(log),
            "transitions": ml.transitions(log),
            "flow": ml.flow(log),
            "broken": broken,
            "backlog": ml.backlog(ledger, broken),
            "metric": ml.primary_metric(log),
            "shortlist": ml.shortlist(model),
            "readiness": ml.readiness(model),
        }
        whole = {"log": log, "lift": model.lift_, "ledger": ledger, "moments": model.moments_}
        weights = ml.Weights.from_ledger(ledger, plan)
        said = {name: (repr(one), _html(one)) for name, one in (made | whole).items()}
        said["weights"] = (repr(weights), _html(weights))
        with labels.speaking(plan):
            shown = [blocks.look(one, caption=SCRIPT) for one in made.values()]
    return {"said": said, "shown": shown}


def _html(one: object) -> str:
    return one._repr_html_() if hasattr(one, "_repr_html_") else ""


LIVE = re.compile(r"<\s*(?:script|img|iframe|b>sale)\b", re.IGNORECASE)


@pytest.mark.slow
def test_hostile_names_in_every_result_are_text_in_a_terminal_and_in_a_notebook(results):
    said = results["said"].items()
    steers = [name for name, (text, _) in said if not text.replace("\n", "").isprintable()]
    floods = [name for name, (text, _) in said if len(text) > 60_000]
    live = [name for name, (_, html) in said if LIVE.search(html)]
    long = [name for name, (_, html) in said if len(html) > 200_000]
    # These two write a name of the plan as it is; a plan refuses control characters in them.
    steers = [name for name in steers if name not in ("lift", "metric")]
    assert [steers, floods, live, long] == [[], [], [], []]


@pytest.mark.slow
def test_hostile_names_in_every_picture_are_text_on_a_page(results):
    whole = page("Every picture", "One after the other.", results["shown"])
    assert gate.check(whole) == []
    assert LIVE.search(whole) is None
    assert whole.count('role="img"') >= 2 * len(results["shown"]) - 5
    assert LONG[:500] not in whole
    assert "$price_5$" in whole


NOWHERE = [NUL, "vi\x1b[2Jew", LONG[:-1], "<b>\n</b>", "${jndi:dns://b}"]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        # Each name in one place and one name in each are quick; all pairs are of the slow tests.
        pytest.param(place, name, marks=() if "macro" in place or name == NUL else pytest.mark.slow)
        for place in ("macro", "action", "attribute", "where")
        for name in NOWHERE
    ],
)
def test_a_hostile_name_that_is_not_in_the_log_ends_in_one_bounded_line(
    shops, tmp_path, name, place
):
    plan = yaml.safe_load(plan_text())
    if place == "macro":
        plan["macro"]["event"] = name
    elif place == "action":
        plan["actions"][0]["event"] = [name]
    elif place == "attribute":
        plan["log"]["attributes"] = [name]
    else:
        quoted = name.replace("'", "''")
        plan["actions"][0]["where"] = f"\"{name}\" = '{quoted}'"
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    (tmp_path / "log.parquet").symlink_to(shops["parquet"] / "log.parquet")
    code, out, err = run("lift", tmp_path, "--out", str(tmp_path / "out"), "--quiet", "--no-checks")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()
    assert len(err) < 2_000
    assert not (tmp_path / "out").exists()
