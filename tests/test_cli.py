"""The command line as people and schedulers meet it: exit codes, streams, files."""

import contextlib
import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from microlift.cli import main
from microlift.folder import held
from microlift.reporting.kernel import Limits
from microlift.reporting.runner import ReportOutcome
from microlift.simulate import plan_for, simulate

HEADER = "user_id,timestamp,event,price,money\n"
ROWS = (
    "ann,2024-07-01T10:00:00Z,view,,\n"
    "ann,2024-07-01T11:00:00Z,cart,,\n"
    "ann,2024-07-02T10:00:00Z,buy,30,USD\n"
    "bob,2024-07-03T10:00:00Z,view,,\n"
)
PLAN: dict[str, Any] = {
    "log": {"columns": {"value": "price", "currency": "money"}},
    "macro": {"event": "buy", "value": "value"},
    "horizon": "1d",
    "actions": [{"name": "view", "event": "view"}, {"name": "cart", "event": "cart"}],
}
VIEW = {"name": "view", "event": "view"}
HOSTILE = {
    "view_item": "<script>alert(1)</script>",
    "pricing_page": '=cmd()|"x"',
    "video": "カート 🎉",
    "newsletter": "-2+3",
}


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def microlift(*arguments: str | Path) -> Ended:
    """Run a command in this process; argparse leaves by SystemExit, all else by a return."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def run(verb: str, folder: Path, *more: str, events: str = "log.parquet") -> Ended:
    given = ["--plan", folder / "plan.yaml", "--events", folder / events]
    out = ["--out", folder / "out"] if verb != "check" else []
    return microlift(verb, *given, *out, *more)


def write_plan(folder: Path, plan: dict[str, Any]) -> None:
    text = yaml.safe_dump(plan, sort_keys=False, allow_unicode=True)
    (folder / "plan.yaml").write_text(text, encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def shop() -> tuple[dict[str, Any], pd.DataFrame]:
    """A shop in which adding to the cart doubles the chance of a purchase."""
    plan = plan_for("plain").to_dict()
    # In so small a log three actions stand for little of the revenue.
    plan["weights"]["calibration_range"] = [0.2, 20.0]
    return plan, simulate("plain", 4_000, 3)


@pytest.fixture
def good(tmp_path: Path, shop: tuple[dict[str, Any], pd.DataFrame]) -> Path:
    """A folder with a log and a plan that end with weights."""
    plan, events = shop
    write_plan(tmp_path, plan)
    events.to_parquet(tmp_path / "log.parquet")
    return tmp_path


@pytest.fixture
def thin(tmp_path: Path) -> Path:
    """A folder with a log of so few macros that no action qualifies."""
    write_plan(tmp_path, plan_for("null").to_dict())
    simulate("null", 300, 3).to_parquet(tmp_path / "log.parquet")
    return tmp_path


READERS = ("check", "lift", "weights")


@pytest.fixture(params=[READERS[:1], pytest.param(READERS, marks=pytest.mark.slow)], ids="+".join)
def refuse(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Run verbs that read a log on bad input (the slow tests: all); return what all of them say."""

    def go(text: str | None = HEADER + ROWS, events: str = "log.csv", **changes: Any) -> str:
        write_plan(tmp_path, PLAN | changes)
        if text is not None:
            (tmp_path / events).write_text(text, encoding="utf-8")
        said = set()
        # A log that is missing is told with the names around it, and this is one of them.
        (tmp_path / "out").mkdir(exist_ok=True)
        for verb in request.param:
            ended = run(verb, tmp_path, "--quiet", events=events)
            assert (ended.code, ended.out) == (2, "")
            assert "Traceback" not in ended.err
            assert list((tmp_path / "out").iterdir()) == []
            said.add(ended.err)
        (message,) = said
        assert message.startswith("microlift: ")
        assert message.count("\n") == 1
        assert message.endswith(".\n")
        return message

    return go


def test_the_readme_lists_every_command() -> None:
    listed = re.findall(r"^    ([a-z]+)(?: |$)", microlift("--help").out, re.MULTILINE)
    assert {"lift", "weights", "simulate"} <= set(listed)
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    table = readme.split("### The commands\n", 1)[1].split("\n### ", 1)[0]
    assert re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE) == listed


def test_a_missing_file_is_refused(refuse):
    said = refuse(text=None, events="lug.csv")
    assert "lug.csv' is missing: no file, folder or glob of that name" in said
    assert "Check the path" in said


@pytest.mark.parametrize("text", ["", HEADER])
def test_an_empty_file_is_refused(refuse, text):
    said = refuse(text)
    assert "log.csv' is empty: 0 rows" in said
    assert "Check the export" in said


def test_a_missing_mapped_column_is_refused_with_near_names(refuse):
    said = refuse(log={"columns": {"user_id": "userid", "value": "price"}})
    assert "has 5 columns, but 1 that the plan reads are not among them" in said
    assert "'userid' (nearest: 'user_id'" in said
    assert "Mend log.columns" in said


def test_times_that_cannot_be_read_are_refused_with_the_first_line(refuse):
    bad = "cid,soon,view,,\ndan,later,view,,\n"
    said = refuse(HEADER + ROWS + bad)
    assert "2 of 6 rows that cannot be used (unreadable time: 2)" in said
    assert "the first unreadable time is 'soon', log.csv line 6" in said
    assert "ISO 8601" in said


def test_a_log_in_which_nobody_converts_is_refused(refuse):
    said = refuse(macro={"event": "buy", "value": "value", "where": "price > 100"})
    assert "0 of them are macros under the condition 'price > 100'" in said
    assert "Mend macro.where" in said


def test_a_macro_that_the_log_does_not_have_is_refused_with_near_names(refuse):
    said = refuse(macro={"event": "bye"})
    assert "macro 'bye' is not among the 3 event names of the log (nearest: 'buy'" in said
    assert "Mend macro.event" in said


def test_an_action_that_the_log_does_not_have_is_refused_with_near_names(refuse):
    said = refuse(actions=[VIEW, {"name": "in cart", "event": "carts"}])
    assert "action 'in cart' names the event 'carts'" in said
    assert "not among the 3 event names of the log (nearest: 'cart'" in said
    assert "Mend the name, or remove it from the plan" in said


def test_a_horizon_longer_than_the_data_is_refused(refuse):
    said = refuse(horizon="14d")
    assert "horizon 2w is longer than the log, which spans 2.0 days" in said
    assert "Shorten horizon in the plan" in said


def test_a_negative_value_of_the_macro_is_refused(refuse):
    said = refuse(HEADER + ROWS + "bob,2024-07-03T11:00:00Z,buy,-7.5,USD\n")
    assert "value of 1 of 2 macros is negative (lowest: -7.5)" in said
    assert "keep them out with macro.where" in said


def test_mixed_currencies_are_refused(refuse):
    said = refuse(HEADER + ROWS + "bob,2024-07-03T11:00:00Z,buy,7,EUR\n")
    assert "macros are in 2 currencies (EUR 1, USD 1)" in said
    assert "Convert them to one" in said


def test_an_unknown_key_of_the_plan_is_refused_with_the_nearest(refuse):
    said = refuse(horizn="1d")
    assert "'horizn': It is not known (nearest: 'horizon'" in said


def test_a_key_that_is_not_built_yet_is_refused_as_such(refuse):
    said = refuse(macro={"event": "buy", "count": 1})
    assert "'macro.count'" in said
    assert "not yet supported" in said


def test_a_memory_of_the_engine_that_is_no_size_is_refused(refuse):
    said = refuse(engine={"memory": "4 pounds"})
    assert "'engine.memory': It is not a size: '4 pounds'; write 4GB" in said


def test_a_duration_without_a_unit_is_refused(refuse):
    said = refuse(horizon=14)
    assert "'horizon': Got 14, a bare number" in said
    assert "Write 14d" in said


@pytest.mark.parametrize(
    ("where", "construct"),
    [
        ("lower(price) = '1'", "function call"),
        ("price IN (SELECT price FROM log)", "subquery"),
        ("price > 1; DROP TABLE log", "semicolon"),
    ],
)
def test_a_condition_that_is_more_than_a_comparison_is_refused(refuse, where, construct):
    said = refuse(actions=[VIEW | {"where": where}])
    assert "'actions[0].where'" in said
    assert construct in said


def test_two_actions_of_one_name_are_refused(refuse):
    said = refuse(actions=[VIEW, {"name": "view", "event": "cart"}])
    assert "'view' as the name of more than one action" in said
    assert "Rename all but one" in said


LINE = '{{"user_id": "{}", "timestamp": "2024-07-0{}T10:00:00Z", "event": "{}"}}\n'
GOOD = LINE.format("ann", 1, "view") + LINE.format("ann", 3, "buy") + LINE.format("bob", 2, "view")
BROKEN = GOOD * 300 + '{"user_id": "u1", "timest\n' + GOOD
EVENT = (
    '{"event_date": "20240701", "event_timestamp": "171982800000000%d", "event_name": "view", '
    '"event_params": [], "user_pseudo_id": "a"}\n'
)
TWO = [{"path": "web.jsonl"}, {"path": "deals.csv", "columns": {"user_id": "contact"}}]
DEALS = "contact,timestamp,event\n%s,2024-07-03T10:00:00Z,deal\n"
BAD_LOGS = {
    "a broken line": (
        {"a.jsonl": BROKEN},
        {"max_rejected": 0},
        "no JSON is a.jsonl line 901",
    ),
    "a broken line of a packed shard": (
        {"a.jsonl": GOOD, "b.jsonl.gz": gzip.compress(BROKEN.encode())},
        {"max_rejected": 0},
        "no JSON is b.jsonl.gz line 901",
    ),
    "a broken line of an export": (
        {"events_20240701.json": EVENT % 1, "events_20240702.json": EVENT % 2 + "{bro\n"},
        {"format": "ga4", "max_rejected": 0, "fresh_days": 0},
        "no JSON is events_20240702.json line 2",
    ),
    "a broken line of one source": (
        {"web.jsonl": BROKEN, "deals.csv": DEALS % "ann"},
        {"sources": TWO, "max_rejected": 0},
        "no JSON is web.jsonl line 901",
    ),
    "a broken line of a CSV shard": (
        {"a.csv": HEADER + ROWS, "b.csv": HEADER + ROWS + "x,y\n"},
        {"max_rejected": 0},
        "first unreadable line is b.csv line 6 (missing columns)",
    ),
    "a torn archive": (
        {"a.csv.gz": gzip.compress((HEADER + ROWS * 300).encode())[:90]},
        {},
        "'a.csv.gz' of the log is compressed, and cannot be unpacked to its end",
    ),
    "a file that is no archive": (
        {"a.jsonl.gz": b"\x1f\x8bgarbage" * 20},
        {},
        "'a.jsonl.gz' of the log is compressed, and cannot be unpacked",
    ),
    "a shard of another schema": (
        {"a.csv": HEADER + ROWS, "b.csv": "uid,ts,name\n1,2,3\n"},
        {},
        "lacks the columns 'user_id', 'timestamp', 'event', which the plan reads and other files "
        "of the log have; it alone has 'name', 'ts', 'uid'",
    ),
    "a shard of JSON of another schema": (
        {"a.jsonl": GOOD * 50, "b.jsonl": '{"uid": 1, "ts": 2, "name": "x"}\n'},
        {},
        "'b.jsonl' of the log",
    ),
    "a source without the identity column": (
        {"web.jsonl": GOOD, "deals.csv": HEADER + ROWS},
        {"sources": TWO},
        "1 that the plan reads are not among them: 'contact'",
    ),
    "sources with different ids": (
        {"web.jsonl": GOOD, "deals.csv": DEALS % 17},
        {"sources": TWO},
        "Its ids are texts of other kinds ('deals.csv': whole numbers)",
    ),
    "an unknown format": (
        {"a.jsonl": GOOD},
        {"format": "ga3"},
        "known formats (amplitude, ga4, klaviyo, matomo, mixpanel, posthog, segment, shopify, sno",
    ),
    "a name twice in two cases": (
        {"a.csv": HEADER.replace("price", "Event") + ROWS},
        {},
        "names the column 'Event' 2 times (upper and lower case are one)",
    ),
}


@pytest.mark.parametrize("verb", ["check", pytest.param("lift", marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", BAD_LOGS)
def test_a_bad_log_ends_with_2_one_line_and_nothing_written(case, verb, tmp_path):
    files, log, said = BAD_LOGS[case]
    (tmp_path / "log").mkdir()
    for name, content in files.items():
        binary = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "log" / name).write_bytes(binary)
    macro = {"event": "deal" if "sources" in log else "buy"}
    write_plan(tmp_path, {"log": log, "macro": macro, "horizon": "1d", "actions": [VIEW]})
    before = snapshot(tmp_path)
    ended = run(verb, tmp_path, "--quiet", events="log")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.startswith("microlift: ")
    assert ended.err.count("\n") == 1
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("header", [",user_id,timestamp,event", "user_id,timestamp,event,,"])
def test_columns_without_a_name_are_no_reason_to_refuse_a_log(header, tmp_path):
    rows = (HEADER + ROWS).splitlines()[1:]
    events = [",".join(row.split(",")[:3]) for row in rows]
    pad = ("0,{}" if header.startswith(",") else "{},,").format
    text = "\n".join([header, *map(pad, events), ""])
    (tmp_path / "log.csv").write_text(text)
    write_plan(tmp_path, {"macro": {"event": "buy"}, "horizon": "1d", "actions": [VIEW]})
    ended = run("check", tmp_path, "--quiet", "--json", events="log.csv")
    assert ended.err == ""
    assert json.loads(ended.out)


def test_a_missing_plan_is_refused(tmp_path):
    (tmp_path / "log.csv").write_text(HEADER + ROWS, encoding="utf-8")
    ended = run("weights", tmp_path, events="log.csv")
    assert (ended.code, ended.out) == (2, "")
    assert "plan.yaml' does not exist" in ended.err


def test_a_refusal_stands_on_a_line_of_its_own_behind_the_progress(tmp_path):
    write_plan(tmp_path, PLAN | {"macro": {"event": "bye"}})
    (tmp_path / "log.csv").write_text(HEADER + ROWS, encoding="utf-8")
    ended = run("weights", tmp_path, events="log.csv")
    last = ended.err.splitlines()[-1]
    assert last.startswith("microlift: The macro 'bye'")
    assert ended.err.count("microlift: ") == 1


def test_bad_input_ends_the_console_script_with_2_and_without_a_traceback(tmp_path):
    write_plan(tmp_path, PLAN)
    script = Path(sys.executable).with_name("microlift")
    given = ["--plan", tmp_path / "plan.yaml", "--events", tmp_path / "no.parquet"]
    ended = subprocess.run(
        [script, "weights", *given, "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("microlift: The log ")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_action_that_matches_nothing_is_a_warning_and_the_run_goes_on(good):
    plan = yaml.safe_load((good / "plan.yaml").read_text("utf-8"))
    quiet_week = {"name": "podcast", "event": "view_item", "where": "channel = 'podcast'"}
    write_plan(good, plan | {"actions": [*plan["actions"], quiet_week]})
    ended = run("weights", good, "--no-checks")
    assert ended.code == 0
    assert "Action 'podcast' matches no event of this log, so it is not identified" in ended.err
    row = pd.read_csv(good / "out" / "lift.csv").set_index("action").loc["podcast"]
    assert (row["verdict"], row["users"], row["occurrences"]) == ("not identified", 0, 0)
    assert row["note"] == "nobody did it in this window"
    assert row[["association", "lift", "lift_low", "lift_high", "q_value"]].isna().all()
    weights = json.loads((good / "out" / "weights.json").read_text("utf-8"))
    (action,) = [a for a in weights["actions"] if a["name"] == "podcast"]
    assert (action["weight"], action["lift"], action["primary"]) == (0, None, False)


def test_names_with_html_formulas_and_emoji_pass_through_harmlessly(good, shop):
    plan, events = shop
    actions = [
        action | {"name": HOSTILE.get(action["name"], action["name"])} for action in plan["actions"]
    ]
    for action in actions:
        action["event"] = [HOSTILE.get(name, name) for name in action["event"]]
    write_plan(good, plan | {"actions": actions})
    events.assign(event=events["event"].replace(HOSTILE)).to_parquet(good / "log.parquet")
    ended = run("weights", good, "--quiet", "--no-checks")
    assert (ended.code, ended.err) == (0, "")
    assert all(name in ended.out for name in HOSTILE.values())
    weights = json.loads((good / "out" / "weights.json").read_text("utf-8"))
    assert {action["name"] for action in weights["actions"]} > set(HOSTILE.values())
    for name in ("lift.csv", "ledger.csv"):
        first = pd.read_csv(good / "out" / name).iloc[:, 0]
        # A spreadsheet runs what begins like this.
        assert not first.str.startswith(("=", "+", "-", "@")).any()
        assert (
            first.isin(["<script>alert(1)</script>", "カート 🎉", '\'=cmd()|"x"', "'-2+3"]).sum()
            == 4
        )


def test_weights_end_with_a_table_on_stdout_three_files_and_their_history(good):
    ended = run("weights", good, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "add_to_cart" in ended.out
    assert f"written: {good / 'out' / 'weights.json'}" in ended.out
    written = {"lift.csv", "ledger.csv", "weights.json"}
    written |= {"history/000001.json", "history/log.jsonl"}
    assert set(snapshot(good / "out")) == written
    weights = json.loads((good / "out" / "weights.json").read_text("utf-8"))
    ledger = pd.read_csv(good / "out" / "ledger.csv")
    assert ledger["credit_total"].sum() == pytest.approx(weights["macros"], rel=1e-6)
    assert weights["booked_total"] == pytest.approx(weights["booked_target"], rel=1e-6)
    by_name = {action["name"]: action for action in weights["actions"]}
    assert by_name["add_to_cart"]["primary"]
    assert by_name["add_to_cart"]["low"] < by_name["add_to_cart"]["weight"]


@pytest.mark.slow
def test_weights_that_say_the_same_are_left_and_said_so(good):
    assert run("weights", good, "--quiet").code == 0
    before = snapshot(good / "out")
    again = run("weights", good, "--quiet")
    assert f"unchanged: {good / 'out' / 'weights.json'} says the same (version 1)" in again.out
    assert f"written: {good / 'out' / 'lift.csv'}" in again.out
    assert snapshot(good / "out") == before


def test_lift_ends_with_a_table_on_stdout_and_one_file(good):
    ended = run("lift", good)
    assert ended.code == 0
    assert ended.err == ""  # nobody watches: no bars in the log of a cron job
    assert "raises" in ended.out
    assert "lift.csv" in ended.out
    assert set(snapshot(good / "out")) == {"lift.csv"}
    actions = pd.read_csv(good / "out" / "lift.csv")["action"]
    assert list(actions) == [a["name"] for a in plan_for("plain").to_dict()["actions"]]


def test_check_tells_what_is_in_the_log_and_writes_nothing(good):
    before = snapshot(good)
    ended = run("check", good, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "users: 4,000" in ended.out
    assert "action add_to_cart: " in ended.out
    assert "lift.csv" not in ended.out
    assert "22 checks" in ended.out
    assert snapshot(good) == before


def test_check_as_json_is_nothing_but_json_and_too_few_macros_end_with_2(thin):
    ended = run("check", thin, "--quiet", "--json")
    said = json.loads(ended.out)
    assert (ended.code, ended.err, said["verdict"]) == (2, "", "refuse")
    (refused,) = [one for one in said["checks"] if one["verdict"] == "refuse"]
    assert refused["name"] == "enough macros"
    assert "more macro users needed" in refused["example"]


@pytest.fixture
def withhold(thin: Path) -> Callable[[str], str]:
    """Run a verb that withholds the weights and leaves the last ones; return what it says."""

    def go(verb: str) -> str:
        (thin / "out").mkdir()
        (thin / "out" / "weights.json").write_text("{}", encoding="utf-8")
        ended = run(verb, thin, "--quiet")
        assert (ended.code, ended.err) == (3, "")
        assert "withheld" in ended.out
        written = snapshot(thin / "out")
        assert set(written) >= {"lift.csv", "ledger.csv", "weights.json"}
        assert written["weights.json"] == b"{}"
        return ended.out

    return go


def test_withheld_weights_leave_the_last_ones_as_they_are(thin, withhold):
    assert "no action qualifies" in withhold("weights")
    assert set(snapshot(thin / "out")) == {"lift.csv", "ledger.csv", "weights.json"}
    assert len(pd.read_csv(thin / "out" / "lift.csv")) == len(plan_for("null").actions)


def test_simulate_writes_a_log_its_plan_and_the_truth(tmp_path):
    out = tmp_path / "shop" / "log.parquet"
    given = ["--users", "200", "--truth-users", "300", "--seed", "5"]
    ended = microlift("simulate", "--out", out, *given, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert set(snapshot(out.parent)) == {"log.parquet", "plan.yaml", "truth.csv"}
    assert all(name in ended.out for name in ("log.parquet", "plan.yaml", "truth.csv"))
    assert pd.read_parquet(out)["user_id"].nunique() <= 200


def test_an_unknown_shop_is_refused_with_the_near_names(tmp_path):
    ended = microlift("simulate", "--out", tmp_path / "out" / "log.parquet", "--shop", "plian")
    assert ended.code == 2
    assert "'plian'" in ended.err
    assert "'plain'" in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", [(), ("lift",), ("report",), ("simulate",)])
def test_help_explains_and_ends_well(verb):
    ended = microlift(*verb, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("usage: microlift")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: COMMAND"),
        (["lifts"], "invalid choice: 'lifts'"),
        (["lift", "--plan", "p.yaml", "--events", "e.csv"], "required: --out"),
        (["weights", "--out", "o"], "required: --plan, --events"),
        (["simulate", "--out", "o", "--users", "0"], "must be above 0, got 0"),
        (["simulate", "--out", "o", "--users", "many"], "not a whole number: 'many'"),
        (["simulate", "--out", "o", "--seed", "-1"], "must not be below 0, got -1"),
        (["check", "--plan", "p.yaml", "--events", "e.csv", "--loud"], "arguments: --loud"),
    ],
)
def test_mistaken_arguments_end_with_2_and_the_usage(arguments, said):
    ended = microlift(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: microlift")
    assert said in ended.err


@pytest.mark.parametrize("verb", ["lift", "weights", "report"])
def test_a_file_in_the_place_of_the_folder_is_refused_before_any_work(tmp_path, verb):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    ended = run(verb, tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "out' is not a folder" in ended.err
    assert snapshot(tmp_path) == {"out": b"mine"}


@pytest.mark.parametrize("name", ["taken", "taken/below"])
def test_simulate_and_demo_refuse_a_file_in_the_place_of_their_folder(tmp_path, name):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for given in (["simulate", "--out", tmp_path / name / "x.parquet"], ["demo", "--out", name]):
        with contextlib.chdir(tmp_path):
            ended = microlift(*given)
        assert (ended.code, ended.out) == (2, "")
        assert "taken' is not a folder" in ended.err
    assert snapshot(tmp_path) == {"taken": b"mine"}


@pytest.mark.parametrize("verb", ["lift", "weights", "report", "simulate", "demo"])
def test_a_folder_that_another_run_holds_ends_with_75_before_any_work(tmp_path, verb):
    out = tmp_path / "out"
    with held(out):
        if verb == "simulate":
            ended = microlift(verb, "--out", out / "x.parquet")
        else:
            ended = microlift(verb, "--out", out) if verb == "demo" else run(verb, tmp_path)
        assert set(snapshot(out)) == {".lock"}
    assert (ended.code, ended.out) == (75, "")
    assert "is held by another run" in ended.err


@pytest.mark.parametrize("option", ["--out", "--plan", "--events"])
def test_an_empty_path_is_refused(option):
    given = {"--out": "o", "--plan": "p", "--events": "e"} | {option: ""}
    ended = microlift("weights", *(text for pair in given.items() for text in pair))
    assert ended.code == 2
    assert f"argument {option}: it is empty: give a path" in ended.err


def test_an_interrupted_run_ends_with_130_and_leaves_nothing(good, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["microlift.run"], "moments", interrupted)
    ended = run("weights", good, "--quiet")
    assert (ended.code, ended.out, ended.err) == (130, "", "microlift: interrupted\n")
    assert not (good / "out").exists()


def test_a_reader_that_closes_the_pipe_takes_nothing_from_the_run(good):
    script = Path(sys.executable).with_name("microlift")
    given = ["check", "--plan", good / "plan.yaml", "--events", good / "log.parquet", "--quiet"]
    for arguments in (["--help"], given):
        with subprocess.Popen([script, *arguments], stdout=-1, stderr=-1) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.wait(120) == 0
            assert process.stderr.read() == b""


def test_a_result_that_cannot_be_printed_is_a_failure_without_a_traceback(tmp_path):
    script = Path(sys.executable).with_name("microlift")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([script, "--help"], stdout=full, stderr=-1, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "microlift: the run failed: [Errno 28] No space left on device\n"


def test_a_terminal_that_lacks_a_letter_gets_an_escape(good):
    content = yaml.safe_load((good / "plan.yaml").read_text("utf-8"))
    content["actions"][0]["name"] = "カート"
    write_plan(good, content)
    buffer = io.BytesIO()
    given = ["--plan", good / "plan.yaml", "--events", good / "log.parquet", "--quiet"]
    with contextlib.redirect_stdout(io.TextIOWrapper(buffer, encoding="ascii")) as out:
        assert main(["lift", *map(str, given), "--out", str(good / "out")]) == 0
        out.flush()
    assert rb"\u30ab\u30fc\u30c8" in buffer.getvalue()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--timeout", "30"], "without a unit of w, d, h, m or s"),
        (["--timeout", "0s"], "leaves no time"),
        (["--memory", "4"], "not a size: '4'; write 4GB"),
        (["--memory", "4 pounds"], "not a size"),
        (["--memory", "0GB"], "too little"),
    ],
)
def test_a_limit_without_a_unit_or_without_room_is_refused(tmp_path, option, said):
    ended = run("report", tmp_path, *option)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("text", "size"), [("4GB", 4 * 10**9), ("1.5 gb", 15 * 10**8), ("512MiB", 2**29)]
)
def test_a_size_is_read_in_its_unit(tmp_path, monkeypatch, text, size):
    seen = []

    def report(*_: object, limits: Limits, **__: object) -> ReportOutcome:
        seen.append((limits.timeout, limits.memory))
        return ReportOutcome(4, None, "cut off")

    monkeypatch.setattr("microlift.reporting.runner.run_report", report)
    ended = run("report", tmp_path, "--memory", text, "--timeout", "30m")
    assert (ended.code, ended.err) == (4, "microlift: cut off\n")
    assert seen == [(1800.0, size)]


def test_the_parameters_of_a_report_are_listed_without_plan_and_log():
    ended = microlift("report", "--help-params", "weekly")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(("name ", "It takes no parameters."))
    assert microlift("report", "--help-params", "all").out.startswith("weekly:\n")
    refused = microlift("report", "--help-params", "weakly")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "microlift: No report is called 'weakly': did you mean 'weekly'?\n"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--kind", "weakly"], "No report is called 'weakly': did you mean 'weekly'?"),
        (["--kind", "all", "-p", "wekes=8"], "Parameter 'wekes' is not declared by "),
        (["-p", "plan_path=/etc"], "say --plan instead"),
        (["-p", "weeks"], "not a parameter and its value: 'weeks'; write weeks=8"),
        (["-p", "x;y=2"], "Parameter 'x;y' is not declared by weekly"),
        (["--params", "none.yaml"], "Parameters file 'none.yaml' does not exist"),
        (["--keep", "0"], "must be above 0"),
    ],
)
def test_what_a_report_is_wrongly_asked_is_refused_before_anything_is_made(tmp_path, option, said):
    ended = run("report", tmp_path, "--quiet", *option)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.notebook
@pytest.mark.parametrize("limit", [["--timeout", "1s"], ["--memory", "100MB"]])
def test_a_report_cut_off_by_a_limit_ends_with_4_and_keeps_the_last_page(good, limit):
    weekly = good / "out" / "weekly"
    weekly.mkdir(parents=True)
    (weekly / "latest.html").write_text("last week", encoding="utf-8")
    ended = run("report", good, "--quiet", *limit)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("microlift: The report ")
    assert " and was cut off." in ended.err
    assert ended.err.count("\n") == 1
    assert ("Give it more with --memory" in ended.err) == ("--memory" in limit)
    assert ended.err.count("\n") == 1
    assert (weekly / "latest.html").read_text("utf-8") == "last week"
    assert not (good / "out" / "weights.json").exists()


@pytest.mark.notebook
def test_report_publishes_a_page_beside_the_files(good):
    ended = run("report", good, "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert str(good / "out" / "weekly" / "latest.html") in ended.out
    assert str(good / "out" / "weights.json") in ended.out
    written = set(snapshot(good / "out"))
    wanted = {"lift.csv", "ledger.csv", "weights.json", "index.html", "weekly/latest.html"}
    assert wanted <= written
    assert "add_to_cart" in (good / "out" / "weekly" / "latest.html").read_text("utf-8")


@pytest.mark.notebook
def test_a_refused_report_leaves_the_last_page_alone(good):
    plan = yaml.safe_load((good / "plan.yaml").read_text("utf-8"))
    write_plan(good, plan | {"macro": {"event": "purchases"}})
    weekly = good / "out" / "weekly"
    weekly.mkdir(parents=True)
    (weekly / "latest.html").write_text("last week", encoding="utf-8")
    (good / "out" / "weights.json").write_text("{}", encoding="utf-8")
    before = snapshot(good / "out")
    ended = run("report", good, "--quiet")
    assert (ended.code, ended.out) == (2, "")
    assert "macro 'purchases' is not among the" in ended.err
    assert "Traceback" not in ended.err
    assert snapshot(good / "out") == before


@pytest.mark.notebook
def test_a_report_with_withheld_weights_has_a_banner_and_keeps_the_last_weights(thin, withhold):
    said = withhold("report")
    assert "latest.html" in said
    assert "weights.json" not in said
    page = (thin / "out" / "weekly" / "latest.html").read_text("utf-8")
    assert '<div class="banner">' in page
    assert "keep what you last published" in page


@pytest.mark.slow
def test_every_verb_says_where_it_is_about_the_next_macro(
    good: Path, shop: tuple[dict[str, Any], pd.DataFrame]
) -> None:
    plan, events = shop
    again = events[events["event"] == plan["macro"]["event"][0]]
    again = again.sample(frac=0.4, random_state=0)
    again = again.assign(timestamp=again["timestamp"] + pd.Timedelta(days=3))
    end = events.assign(timestamp=events["timestamp"].max() + pd.Timedelta(days=20)).head(1)
    pd.concat([events, again, end]).to_parquet(good / "log.parquet")
    write_plan(good, plan | {"macro": plan["macro"] | {"repeat": True}})
    buyers, users = again["user_id"].nunique(), events["user_id"].nunique()
    about = f"This is about the next macro of those who have had one: of {users:,} users "
    for verb in ("check", "lift", "weights"):
        ended = run(verb, good, "--quiet")
        assert ended.code in (0, 2 if verb == "check" else 3), ended.err
        assert about in ended.out
        assert f"and {buyers:,} of these a second one later" in ended.out
    found = pd.read_csv(good / "out" / "ledger.csv")
    assert found["credit_total"].sum() == pytest.approx(buyers)  # the horizon of all is over


def test_a_log_without_a_second_macro_is_refused_and_nothing_is_written(
    refuse: Callable[..., str],
) -> None:
    message = refuse(macro=PLAN["macro"] | {"repeat": True})
    assert "The plan says macro: {repeat: true}, but of " in message
    assert " 0 have another one later" in message


@pytest.mark.slow
def test_score_writes_leads_by_digest_and_shows_no_id(tmp_path: Path) -> None:
    write_plan(tmp_path, plan_for("funnel").to_dict())
    simulate("funnel", 12_000, 1).to_parquet(tmp_path / "log.parquet")
    (tmp_path / "salt").write_bytes(b"sixteen random bytes\n")
    (tmp_path / "short").write_bytes(b"short\n")
    salted = run("score", tmp_path, "--salt-file", str(tmp_path / "salt"), "--quiet")
    assert (salted.code, salted.err) == (0, "")
    written = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert written["lead"].str.fullmatch("[0-9a-f]{64}").all()
    assert written["chance"].is_monotonic_decreasing
    assert "calibration slope" in salted.out
    assert snapshot(tmp_path / "out").keys() == {"scores.csv"}
    plain = run("score", tmp_path, "--plain-ids", "--quiet")
    ids = pd.read_csv(tmp_path / "out" / "scores.csv")["lead"]
    assert ids.str.fullmatch("u[0-9]{5}").all()
    assert not any(user in plain.out + plain.err for user in ids)
    short = run("score", tmp_path, "--salt-file", str(tmp_path / "short"))
    assert short.code == 2
    assert "has 5 bytes" in short.err
    assert run("score", tmp_path, "--salt-file", str(tmp_path / "none")).code == 2
    with held(tmp_path / "out"):
        assert run("score", tmp_path, "--quiet").code == 75
