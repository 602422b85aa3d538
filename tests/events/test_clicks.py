"""Click ids: numbers of their own among the events, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.events import EventLog, read_events
from microlift.plan import Plan

MAPPED = {"columns": {"click_id": "gclid"}}
SECRET = "Cj0KCQ-secret"


def rows(*given: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["user_id", "hours", "event", "gclid"])
    start = pd.Timestamp("2024-07-01", tz="UTC")
    return frame.assign(timestamp=start + pd.to_timedelta(frame.pop("hours") * 3600, unit="s"))


LOG = rows(
    ("ann", 0, "view", "b"),  # 2
    ("ann", 0, "view", "b"),  # the very same row: one event
    ("ann", 1, "view", None),
    ("ann", 2, "cart", " a "),  # 1
    ("bob", 2, "cart", "(not set)"),
    ("bob", 3, "view", ""),
    ("cid", 4, "view", SECRET),  # comes first in the order of texts: 1, so the others 2 and 3
    ("cid", 5, "buy", "b"),
)


def codes(log: EventLog) -> list[int]:
    events = log.events.order_by(["t", "user", "seq"]).select("click")
    return [int(code) for code in log.con.to_pyarrow(events)["click"].to_pylist()]


def test_click_ids_become_numbers_in_the_order_of_their_texts_and_zero_where_there_is_none(read):
    log = read(LOG, log=MAPPED)
    assert log.facts.duplicates == 1
    found = codes(log)
    assert sorted(found) == [0, 0, 0, 1, 2, 3, 3]
    assert (found[0], found[1], found[-1]) == (3, 0, 3)


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_text_files_give_the_same_numbers(read, make_plan, tmp_path: Path, name: str):
    path = tmp_path / name
    if name == "log.csv":
        LOG.to_csv(path, index=False)
    else:
        LOG.to_json(path, orient="records", lines=True, date_format="iso")
    with read_events(path, make_plan(log=MAPPED), threads=1) as log:
        assert codes(log) == codes(read(LOG, log=MAPPED))


def test_a_log_without_mapped_click_ids_has_no_such_column(read):
    assert "click" not in read(LOG).events.columns


def test_no_click_id_is_in_what_is_shown_of_a_log_or_left_in_the_engine(read):
    log = read(LOG, log=MAPPED)
    shown = repr(log) + log._repr_html_() + repr(log.facts)
    assert SECRET not in shown
    held = log.con.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall()  # views are files
    assert ("events",) in held
    for (table,) in held:
        assert SECRET not in str(log.con.table(table).to_pyarrow().to_pylist())


def test_a_missing_column_of_click_ids_is_refused_by_its_name_alone(read):
    with pytest.raises(EventsError, match=r"'clid' \(nearest: 'gclid'\)") as refused:
        read(LOG, log={"columns": {"click_id": "clid"}})
    assert SECRET not in str(refused.value)


def test_states_reached_between_events_and_the_next_macro_keep_the_numbers(read):
    left = {"name": "left", "event": "cart", "without": "view", "within": "30m"}
    log = read(LOG, log=MAPPED, actions=[{"name": "view", "event": "view"}, left])
    reached = log.events.filter(log.events.event < 0)
    assert log.con.to_pyarrow(reached.click.sum()).as_py() == 0
    assert sorted(codes(log))[-4:] == [1, 2, 3, 3]
    again = pd.concat([LOG, rows(("cid", 9, "view", "a"), ("cid", 10, "buy", None))])
    log = read(again, log=MAPPED, macro={"event": "buy", "repeat": True})
    assert codes(log) == [3, 2, 0]


def test_one_of_several_sources_may_have_click_ids(tmp_path: Path, make_plan):
    web = LOG[LOG["event"] != "buy"].rename(columns={"gclid": "click"})
    web.to_csv(tmp_path / "web.csv", index=False)
    LOG[LOG["event"] == "buy"].drop(columns="gclid").to_csv(tmp_path / "deals.csv", index=False)
    sources = [{"path": "web.csv", "columns": {"click_id": "click"}}, {"path": "deals.csv"}]
    plan: Plan = make_plan(log={"sources": sources})
    with read_events(tmp_path, plan, threads=1) as log:
        assert sorted(codes(log)) == [0, 0, 0, 0, 1, 2, 3]


def test_an_export_of_ga4_has_them_under_their_path(tmp_path: Path, make_plan):
    def event(day: int, name: str, **clicked: str) -> str:
        visit = {"key": "ga_session_id", "value": {"int_value": str(day)}}
        micros = 1_767_225_600_000_000 + day * 86_400_000_000
        return json.dumps(
            {
                "event_date": f"202601{1 + day:02}",
                "event_timestamp": str(micros),
                "event_name": name,
                "user_pseudo_id": "ann",
                "event_params": [visit],
                "collected_traffic_source": clicked,
            }
        )

    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([event(0, "view", gclid="G1"), event(1, "cart"), event(2, "buy")]))
    log = {"format": "ga4", "fresh_days": 0}
    log |= {"columns": {"click_id": "collected_traffic_source.gclid"}}
    with read_events(path, make_plan(log=log), threads=1) as found:
        assert codes(found) == [1, 0, 0]
        assert "click_id from 'collected_traffic_source.gclid'" in found.facts.notes[0]
    log = {"format": "ga4", "attributes": ["collected_traffic_source.gclid"]}
    with pytest.raises(EventsError, match="holds ids in the format 'ga4'"):
        read_events(path, make_plan(log=log))
