"""The table of verdicts in its shapes, and the names and ids that must not get into it."""

import json

import pandas as pd
import pytest

from microlift.quality import Quality, check_log
from microlift.quality.finding import VERDICTS

HOSTILE = [
    "<script>alert(1)</script>",
    "${jndi:dns://x}",
    "a\x1b[2J\nb",
    '=cmd()|"x"',
    "x" * 10_000,
]
COLUMNS = ["name", "verdict", "count", "share", "example", "effect", "remedy"]


@pytest.fixture
def broken(shop):
    """Everything wrong at once: doubles, lost ids, an outage, a late event, a bot."""
    days = shop["timestamp"].dt.dayofyear
    kept = shop[(days != 80) & ((shop["event"] != "view") | (days < 90))].copy()
    kept.loc[kept.index[::9], "user_id"] = None
    bot = shop.head(1).assign(user_id="person-bot", event="visit")
    beats = pd.date_range("2024-03-05T09:00:00Z", periods=900, freq="400ms")
    return pd.concat([kept, kept.head(40), *[bot.assign(timestamp=beat) for beat in beats]])


def test_it_is_a_table_for_people_and_programs(broken, open_log):
    found = check_log(open_log(broken))
    frame = found.to_frame()
    assert list(frame.columns) == COLUMNS
    assert set(frame["verdict"]) <= set(VERDICTS)
    assert frame["share"].dropna().between(0, 1).all()
    said = json.loads(found.to_json())
    assert said["verdict"] == found.verdict
    assert [list(check) for check in said["checks"]] == [COLUMNS] * len(frame)
    raised = set(frame.loc[frame["verdict"] != "good", "name"])
    assert {"missing ids", "outages", "tracking changes", "bots"} <= raised
    text, page = repr(found), found._repr_html_()
    for name in raised:
        assert f": {name}" in text
        assert name in page


def test_no_user_id_is_in_any_of_its_shapes(broken, open_log):
    found = check_log(open_log(broken))
    for shape in (repr(found), found._repr_html_(), found.to_json(), found.to_frame().to_csv()):
        assert "person" not in shape
        assert "user no. " in shape


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_bounded_and_harmless(broken, open_log, name):
    broken["event"] = broken["event"].replace("view", name)
    actions = [{"name": "view", "event": name}, {"name": "cart", "event": "cart"}]
    broken["channel"] = broken["channel"].replace("mail", name)
    found = check_log(open_log(broken, actions=actions))
    text, page = repr(found), found._repr_html_()
    assert "tracking changes: " in text
    assert "\x1b" not in text + page + found.to_json()
    assert "<script" not in page
    assert max(map(len, found.to_frame()["example"])) < 500
    assert max(map(len, text.splitlines())) < 500


def test_counting_leaves_the_log_as_it_was(shop, open_log):
    log = open_log(shop)
    before = _tables(log)
    first = check_log(log)
    assert _tables(log) == before
    assert check_log(log) == first


def _tables(log):
    """Rows of each table; ibis leaves views on files behind, which hold nothing."""
    names = [name for name in log.con.list_tables() if not name.startswith("ibis_")]
    return {name: log.con.to_pyarrow(log.con.table(name).count()).as_py() for name in names}


def test_the_worst_verdict_decides_the_exit_code(shop, open_log):
    found = check_log(open_log(shop))
    codes = {"good": 0, "look": 0, "refuse": 2}
    for verdict, code in codes.items():
        one = found.findings[0].__class__(**{**vars(found.findings[0]), "verdict": verdict})
        assert Quality((*found.findings, one)).exit_code == code


@pytest.mark.parametrize("suffix", ["csv", pytest.param("jsonl", marks=pytest.mark.slow)])
def test_text_logs_give_the_same_findings(shop, open_log, tmp_path, suffix):
    from microlift.events import read_events

    shop["order_id"] = "o" + shop["user_id"].str[-2:]
    shop.loc[shop.index[::30], "user_id"] = None
    typed = open_log(shop)
    path = tmp_path / f"log.{suffix}"
    if suffix == "csv":
        shop.to_csv(path, index=False)
    else:
        shop.to_json(path, orient="records", lines=True, date_format="iso", date_unit="us")
    with read_events(path, typed.plan) as log:
        assert check_log(log) == check_log(typed)


def test_checks_of_a_plan_about_the_next_macro_look_at_the_whole_log(shop, open_log):
    """Only what is about the journeys judged looks at what follows a first macro."""
    again = shop[shop["event"] == "buy"].iloc[::2]
    again = again.assign(timestamp=again["timestamp"] + pd.Timedelta("2h"), event="buy")
    frame = pd.concat([shop, again, shop.head(50)])
    macro = {"event": "buy", "value": "value", "currency": "EUR"}
    actions = [{"name": "view", "event": "view"}, {"name": "cart", "event": "cart"}]
    after = [{"name": "thank", "event": "visit", "after": "macro"}]
    found = {}
    for repeat in (False, True):
        log = open_log(frame, macro=macro | {"repeat": repeat}, actions=actions + after)
        found[repeat] = {one.name: one for one in check_log(log).findings}
    judged = {"macros with no earlier moment", "visits without planned events", "enough macros"}
    for name, finding in found[True].items():
        if name not in judged | {"action rate jumps"}:
            assert finding == found[False][name], name
    first = frame[frame["event"] == "buy"].groupby("user_id")["timestamp"].min()
    young = first + pd.Timedelta("1d") > frame["timestamp"].max()
    covered = again["user_id"].nunique() - young[again["user_id"]].sum()
    assert found[True]["enough macros"].count == covered
    assert found[False]["enough macros"].count > covered
    assert found[True]["duplicates"].count == 50
