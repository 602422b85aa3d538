"""Web events in one file and the macro in another give what one file with both would give."""

import json

import pandas as pd
import pytest

from microlift.errors import EventsError, PlanError
from microlift.events import read_events
from microlift.events.identities import ids_of
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.quality import check_log
from microlift.simulate import plan_for, simulate

WEB = {"path": "web/*.jsonl", "columns": {"user_id": "uid", "event": "name"}}
DEALS = {"path": "deals.csv", "columns": {"user_id": "contact", "timestamp": "won", "value": "eur"}}


def plan_of(*sources, where=None, **log):
    rule = {"name": "view", "event": "view"} | ({"where": where} if where else {})
    return Plan.from_dict(
        {
            "log": {"sources": list(sources), **log},
            "macro": {"event": "deal", "value": "value", "currency": "EUR"},
            "horizon": "1h",
            "actions": [rule],
        }
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "web").mkdir()
    rows = [
        {"uid": "u1", "timestamp": "2024-07-01T10:00:00Z", "name": "view", "depth": 80},
        {"uid": "u1", "timestamp": "2024-07-01T10:10:00Z", "name": "view", "depth": 10},
        {"uid": "u2", "timestamp": "2024-07-01T11:00:00Z", "name": "view", "depth": 90},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "web" / "a.jsonl").write_text(text)
    (tmp_path / "deals.csv").write_text(
        "contact,won,event,eur\nu1,2024-07-01 12:00:00,deal,100.50\nu9,2024-07-01 13:00:00,deal,7\n"
    )
    return tmp_path


def test_macros_of_another_file_join_and_those_of_no_visitor_are_counted(folder):
    with read_events(folder, plan_of(WEB, DEALS, where="depth >= 75")) as log:
        facts = log.facts
        assert (facts.users, facts.macros, facts.value) == (2, 1, 100_50)
        assert facts.action_counts == {"view": 2}
        assert (facts.rows, facts.rejected) == (5, {"macro of no visitor": 1})
        said = repr(log)
    assert "1 of 2 macros match no visitor" in said
    assert "deals.csv: Read by its columns: timestamp from won, user_id from contact, v" in said


def test_users_of_several_sources_are_named_as_in_their_files(folder):
    with read_events(folder, plan_of(WEB, DEALS)) as log:
        users = log.events.group_by("user").agg(
            bucket=log.events.bucket.max(), macro=log.events.macro.max()
        )
        found = log.con.to_pyarrow(users.order_by("user"))
        named = ids_of(log, found.select(["user", "bucket"]))
    macros = dict(zip(named["user_id"].to_pylist(), found["macro"].to_pylist(), strict=True))
    assert macros == {"u1": 1, "u2": 0}


def test_several_sources_are_checked_and_a_deal_that_is_in_two_rows_is_seen(folder):
    lines = ["contact,won,event,eur,order_id"]
    lines += [f"u{1 + i % 2},2024-07-0{2 + i} 12:00:00,deal,5,o{i // 2}" for i in range(4)]
    (folder / "deals.csv").write_text("\n".join([*lines, ""]))
    web = (folder / "web" / "a.jsonl").read_text().splitlines()
    nobody = '{"timestamp": "2024-07-02T10:00:00Z", "name": "view"}'
    (folder / "web" / "a.jsonl").write_text("\n".join([*web, web[0], nobody, ""]))
    with read_events(folder, plan_of(WEB, DEALS, max_rejected=0.5)) as log:
        found = {one.name: one for one in check_log(log).findings}
    repeated = found["repeated transaction ids"]
    assert (repeated.count, repeated.share) == (2, 0.5)
    assert repeated.example == "in the column 'order_id'"
    assert found["duplicates"].example == "1 row of 'view' on 2024-07-01"
    assert found["missing ids"].example == "1 row of 'view' on 2024-07-02"


@pytest.mark.slow
def test_web_and_orders_in_two_files_give_the_lift_of_one(tmp_path):
    frame = simulate("channels", 600, 5)
    plan = plan_for("channels").to_dict()
    frame.to_parquet(tmp_path / "whole.parquet")
    macro = frame["event"] == plan["macro"]["event"][0]
    (tmp_path / "parts").mkdir()
    frame[~macro].drop(columns=["value", "currency"]).to_parquet(tmp_path / "parts/web.parquet")
    orders = frame[macro].rename(columns={"user_id": "customer", "value": "total"})
    orders.drop(columns=["channel", "device"]).to_csv(tmp_path / "parts/orders.csv", index=False)
    found = []
    log = {"attributes": ["channel", "device"]}
    web = {"path": "web.parquet"}
    shop = {"path": "orders.csv", "columns": {"user_id": "customer", "value": "total"}}
    for path, keys in (
        (tmp_path / "whole.parquet", {"columns": {"value": "value"}}),
        (tmp_path / "parts", {"sources": [web, shop]}),
    ):
        with read_events(path, Plan.from_dict(plan | {"log": log | keys})) as events:
            found.append(LiftModel(folds=2, rotations=1).fit(moments(events)).lift_.to_csv())
    assert found[0] == found[1]


def test_a_source_of_a_known_format_joins_by_its_account(folder):
    event = {
        "event_date": "20240701",
        "event_timestamp": "1719828000000000",
        "event_name": "view",
        "event_params": [{"key": "depth", "value": {"int_value": "99"}}],
    }
    rows = [event | {"user_id": "u1"}, event | {"user_pseudo_id": "x"}]
    (folder / "ga4.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = plan_of({"path": "ga4.json", "format": "ga4"}, DEALS, where="depth > 5", fresh_days=0)
    with read_events(folder, plan) as log:
        assert (log.facts.users, log.facts.macros) == (2, 1)
        assert log.facts.action_counts == {"view": 2}
        assert any(note.startswith("ga4.json: Read as a GA4 export") for note in log.facts.notes)


def test_a_source_without_the_identity_column_is_refused(folder):
    source = DEALS | {"columns": DEALS["columns"] | {"user_id": "contakt"}}
    with pytest.raises(EventsError, match=r"'deals.csv' has 4 columns, .* 'contakt' \(nearest: 'c"):
        read_events(folder, plan_of(WEB, source))


def test_sources_with_ids_of_different_types_are_refused(folder):
    text = "contact,won,event,eur\n17,2024-07-01 12:00:00,deal,1\n18,2024-07-01,deal,1\n"
    (folder / "deals.csv").write_text(text)
    with pytest.raises(EventsError) as refused:
        read_events(folder, plan_of(WEB, DEALS))
    said = str(refused.value)
    assert "'web/*.jsonl' shares none of its 2 users with the other 1 log.sources" in said
    assert "Its ids are texts of other kinds ('deals.csv': whole numbers)" in said
    assert "u1" not in said


def test_a_number_that_became_a_fraction_is_refused_as_another_type(tmp_path):
    times = pd.to_datetime(["2024-07-01", "2024-07-02"], utc=True)
    web = pd.DataFrame({"user_id": [1, 2], "timestamp": times, "event": "view"})
    web.to_parquet(tmp_path / "web.parquet")
    web.assign(user_id=[1.0, 2.0], event="deal", value=3.0).to_parquet(tmp_path / "won.parquet")
    with pytest.raises(EventsError, match=r"whole numbers \('won.parquet': numbers with a fracti"):
        read_events(tmp_path, plan_of({"path": "web.parquet"}, {"path": "won.parquet"}))


def test_sources_of_different_zones_meet_in_one_order_over_a_change_of_the_clock(folder):
    # The web counts in UTC; the CRM writes local times, and the night of 31 March lacks an hour.
    web = [("2024-03-31T00:50:00Z", "view"), ("2024-03-31T01:10:00Z", "view")]
    rows = [{"uid": "u1", "timestamp": time, "name": name} for time, name in web]
    rows += [{"uid": "u2", "timestamp": "2024-10-27T00:30:00Z", "name": "view"}]
    (folder / "web" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "deals.csv").write_text(
        "contact,won,event,eur\n"
        "u1,2024-03-31 01:55:00,deal,1\n"  # 00:55 UTC, between the two views
        "u1,2024-03-31 03:05:00,deal,2\n"  # 01:05 UTC, ten minutes later
        "u2,2024-10-27T02:40:00+01:00,deal,4\n"  # the second 2:40 of that night: 01:40 UTC
    )
    with read_events(folder, plan_of(WEB, DEALS, timezone="Europe/Berlin")) as log:
        events = log.events.order_by(["user", "seq"])
        found = log.con.to_pyarrow(events.select("user", "t", "macro")).to_pylist()
    begin = {"u1": "2024-03-31T00:00Z", "u2": "2024-10-27T00:00Z"}
    users = {row["user"]: [] for row in found}
    for row in found:
        users[row["user"]].append((row["t"], row["macro"]))
    minutes = {
        tuple((round((t - pd.Timestamp(start).value // 1_000) / 6e7), macro) for t, macro in of)
        for of in users.values()
        for start in begin.values()
    }
    assert ((50, 0), (55, 1), (65, 1), (70, 0)) in minutes
    assert ((30, 0), (100, 1)) in minutes


def test_a_broken_line_of_a_source_is_found_in_its_file(folder):
    with (folder / "web" / "b.jsonl").open("w") as stream:
        stream.write('{"uid": "u1", "timestamp": "2024-07-01T10:20:00Z", "name": "view"}\n{"uid\n')
    with pytest.raises(EventsError, match=r"unreadable row: 1.* no JSON is b.jsonl line 2"):
        read_events(folder, plan_of(WEB, DEALS))


def test_a_column_named_as_one_of_our_own_is_read_as_it_is(folder):
    (folder / "deals.csv").write_text(
        "contact,won,event,eur,_source\nu1,2024-07-01 12:00:00,deal,5,fair\n"
        "u2,2024-07-01 13:00:00,deal,7,web\n"
    )
    plan = plan_of(WEB, DEALS).to_dict()
    plan["macro"]["where"] = "_source = 'fair'"
    with read_events(folder, Plan.from_dict(plan)) as log:
        assert (log.facts.macros, log.facts.value) == (1, 5_00)


def test_a_name_that_no_source_has_is_refused(folder):
    with pytest.raises(EventsError, match=r"1 are in none of the 2 log.sources: 'dept'"):
        read_events(folder, plan_of(WEB, DEALS, where="dept > 1"))


@pytest.mark.parametrize("path", ["../deals.csv", "/etc/passwd", "a/../../b"])
def test_a_source_outside_of_the_folder_is_refused(folder, path):
    with pytest.raises(EventsError, match="leads out of the folder"):
        read_events(folder, plan_of(WEB, {"path": path}))


def test_several_sources_need_a_folder(folder):
    with pytest.raises(EventsError, match=r"is no folder, but the plan has 2 log.sources"):
        read_events(folder / "deals.csv", plan_of(WEB, DEALS))


@pytest.mark.parametrize(
    "log", [{"sources": [WEB]}, {"sources": [WEB, DEALS], "columns": {"user_id": "x"}}]
)
def test_a_log_is_read_in_one_way(log):
    with pytest.raises(PlanError, match="a log is read in one way"):
        Plan.from_dict(plan_of(WEB, DEALS).to_dict() | {"log": log})


def test_an_id_of_a_source_is_no_attribute():
    with pytest.raises(PlanError, match="'contact', which is the column of user, session or click"):
        plan_of(WEB, DEALS, attributes=["contact"])


def test_a_plan_of_sources_survives_its_own_plain_data():
    plan = plan_of(WEB, DEALS)
    assert Plan.from_dict(plan.to_dict()) == plan
