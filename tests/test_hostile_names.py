"""Names that were seen in real exports, and worse, pass through every path and harm nothing.

As event names, as labels of an attribute and, as far as a plan lets them, as names of actions.
"""

import contextlib
import io
import json
import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from microlift.cli import main
from microlift.events import read_events
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

LOOKUP = "${jndi:dns://a.example/x}"
SCRIPT = "<script>alert(1)</script>"
LONG = "x" * 10_000
TURNED = "\u202eabc\u2066def"
NUL = "vi\0ew"
OF_THE_PLAN = {
    "add_to_cart": LOOKUP,
    "newsletter": SCRIPT,
    "pricing_page": "a\nb\r\n\tc",
    "purchase": "\"quoted\", 'single'; DROP TABLE events;--",
    "video": LONG,
    "view_item": TURNED,
    "visit": '=HYPERLINK("a")',
}
OTHERS = [
    '<img src=x onerror="alert(1)">',
    NUL,
    "\x1b[2J\x1b[31mred",
    "カート 🏳️‍🌈",
    "+1+1",
    "@SUM(A1)",
    "{{ 7*7 }} {0} %s %d",
    " lead and trail ",
    "\\",
    "../../etc/passwd",
    "null",
    "NaN",
    "a|b`c`",
    "]]>&amp;<!--",
]
LABELS = [SCRIPT, "\x1b[2Jads\n", "-2+3", TURNED, LONG]


def rows() -> pd.DataFrame:
    """A shop in which every name is a hostile one; some visits hold all the others."""
    frame = simulate("plain", 4_000, 3)
    frame["event"] = frame["event"].map(OF_THE_PLAN)
    number = frame["user_id"].str.slice(1).astype(int)
    # The long one is rare: it is to be read, not to fill a disk.
    frame["channel"] = np.array(LABELS, dtype=object)[number % (len(LABELS) - 1)]
    frame.loc[number % 50 == 0, "channel"] = LABELS[-1]
    more = frame.iloc[: 4 * len(OTHERS)].assign(event=OTHERS * 4, value=np.nan)
    return pd.concat([frame, more], ignore_index=True)


def plan_text(**log) -> str:
    plan = plan_for("plain").to_dict()
    plan["macro"]["event"] = OF_THE_PLAN["purchase"]
    plan["log"] |= {"attributes": ["channel"], **log}
    plan["weights"]["calibration_range"] = [0.01, 100.0]
    for action in plan["actions"]:
        action["event"] = [OF_THE_PLAN[name] for name in action["event"]]
        name = action["event"][0]
        # A plan refuses names of actions that are long or hold control characters.
        action["name"] = name if name.isascii() and len(name) < 100 else action["name"]
    plan["actions"][0]["name"], plan["actions"][1]["name"] = TURNED, '=cmd()|"x"'
    for action in plan["actions"]:
        action["name"] = "".join(c for c in action["name"] if c.isprintable() or c in TURNED)
    plan.pop("funnel", None)
    return yaml.safe_dump(plan, sort_keys=False, allow_unicode=True)


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
    assert "21 checks" in out
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
    code, out, err = run("lift", tmp_path, "--out", str(tmp_path / "out"), "--quiet")
    assert (code, err) == (0, "")
    assert is_harmless(out)


def check_table(path: Path) -> None:
    first = pd.read_csv(path).iloc[:, 0]
    assert len(first) > 3
    # A spreadsheet runs what begins like this.
    assert not first.str.startswith(("=", "+", "-", "@", "\t", "\r")).any()


def test_hostile_names_in_the_files_of_a_run_are_quoted_and_whole(shops, tmp_path):
    code, out, err = run("weights", shops["parquet"], "--out", str(tmp_path / "out"))
    assert code == 0
    assert is_harmless(out)
    said = [line for line in re.split(r"[\r\n]", err) if line.startswith("microlift")]
    assert all(map(is_harmless, said))
    for name in ("lift.csv", "ledger.csv"):
        check_table(tmp_path / "out" / name)
    weights = json.loads((tmp_path / "out" / "weights.json").read_text("utf-8"))
    assert {TURNED, '=cmd()|"x"'} <= {action["name"] for action in weights["actions"]}
    assert LONG in (tmp_path / "out" / "ledger.csv").read_text("utf-8")


@pytest.mark.notebook
def test_hostile_names_in_a_report_are_text(shops, tmp_path):
    code, out, err = run("report", shops["parquet"], "--out", str(tmp_path / "out"), "--quiet")
    assert (code, err) == (0, "")
    assert is_harmless(out)
    page = (tmp_path / "out" / "weekly" / "latest.html").read_text("utf-8")
    assert re.findall(r"<\s*(?:script|img|iframe)\b", page, re.IGNORECASE) == []
    assert "onerror" not in re.sub(r"&quot;|&lt;.*?&gt;", "", page)
    assert LONG[:500] not in page
    assert "\\u202eabc\\u2066def" in page
    unprintable = {c for c in set(page) - set("\n\t") if unicodedata.category(c) in ("Cc", "Cs")}
    assert unprintable == set()
    assert TURNED[0] not in page
    assert "49 {0}" not in page


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
    code, out, err = run("lift", tmp_path, "--out", str(tmp_path / "out"), "--quiet")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()
    assert len(err) < 2_000
    assert not (tmp_path / "out").exists()
