"""Every bad log ends in one message: what, got, why it matters, what to do."""

import gzip
import re

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.events import read_events

HEADER = "user_id,timestamp,event,price,money\n"
GOOD = "ann,2024-07-01T10:00:00Z,view,,\n", "ann,2024-07-01T12:00:00Z,buy,12.50,USD\n"


@pytest.fixture
def refuse(tmp_path, make_plan):
    """Write a CSV file, and fetch the message with which it is refused."""

    def message(text, name="log.csv", **changes):
        (tmp_path / name).write_text(text)
        changes = {"actions": [{"name": "view", "event": "view"}]} | changes
        with pytest.raises(EventsError) as caught:
            read_events(tmp_path / name, make_plan(**changes))
        assert caught.value.exit_code == 2
        return str(caught.value)

    return message


def test_a_missing_file_is_refused_with_near_names(tmp_path, make_plan):
    (tmp_path / "events.csv").touch()
    with pytest.raises(EventsError, match=r"event\.csv' is missing.*'events\.csv'.*Check the path"):
        read_events(tmp_path / "event.csv", make_plan())


@pytest.mark.parametrize(("path", "kind"), [("folder", "folder"), ("folder/*.csv", "glob")])
def test_an_empty_folder_or_glob_is_refused(tmp_path, make_plan, path, kind):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").touch()
    with pytest.raises(EventsError, match=f"The {kind} .* holds 0 event files"):
        read_events(tmp_path / path, make_plan())


def test_a_suffix_that_tells_no_format_is_refused(refuse):
    assert "suffix '.xlsx'" in refuse("", name="log.xlsx")


def test_a_folder_of_two_formats_is_refused(tmp_path, make_plan):
    for name in ("log.csv", "log.jsonl"):
        (tmp_path / name).touch()
    with pytest.raises(EventsError, match=r"files of 2 formats \(csv, json\)"):
        read_events(tmp_path, make_plan())


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", ""), ("b.csv", HEADER), ("c.jsonl", ""), ("d.json", "[]")]
)
def test_a_log_without_rows_is_refused(refuse, name, text):
    assert "is empty: 0 rows in 1 files" in refuse(text, name=name)


def test_a_parquet_log_without_rows_is_refused(tmp_path, make_plan):
    columns = {"user_id": pd.Series([], dtype=str), "timestamp": pd.Series([], dtype=str)}
    pd.DataFrame(columns | {"event": pd.Series([], dtype=str)}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(EventsError, match="is empty: 0 rows"):
        read_events(tmp_path / "a.parquet", make_plan())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.csv", HEADER + "".join(GOOD)),
        ("log.jsonl", '{"user_id": "u", "timestamp": "2024-07-01", "event": "view", "price": 1}\n'),
    ],
)
def test_a_missing_column_is_refused_with_near_names(refuse, name, text):
    said = refuse(text, name=name, log={"columns": {"user_id": "userid"}, "attributes": ["city"]})
    assert re.search(
        r"2 that the plan reads are not among them: 'userid' \(nearest: 'user_id'", said
    )
    assert "Mend log.columns" in said


def test_a_missing_column_of_parquet_is_refused(tmp_path, make_plan):
    pd.DataFrame({"uid": ["u"], "timestamp": ["x"], "event": ["buy"]}).to_parquet(
        tmp_path / "log.parquet"
    )
    with pytest.raises(EventsError, match=r"has 3 columns, but 1 .* 'user_id' \(nearest: 'uid'"):
        read_events(tmp_path / "log.parquet", make_plan())


def test_a_header_with_one_name_twice_is_refused(refuse):
    assert "'event' 2 times" in refuse("user_id,timestamp,event,event\nu,2024-07-01,a,b\n")


def test_unreadable_times_are_refused_with_the_first_line(refuse):
    said = refuse(HEADER + GOOD[0] + "bob,01/07/2024,view,,\nbob,yesterday,view,,\n" + GOOD[1])
    assert "2 of 4 rows that cannot be used (unreadable time: 2)" in said
    assert "first unreadable time is '01/07/2024', log.csv line 3" in said
    assert "50.0%, above the 5.0% of log.max_rejected" in said


def test_unreadable_times_of_json_lines_are_refused_with_the_first_line(refuse):
    row = '{"user_id": "u", "timestamp": "%s", "event": "view"}\n'
    said = refuse(row % "2024-07-01" + "\n" + row % "soon", name="log.jsonl")
    assert "first unreadable time is 'soon', log.jsonl line 3" in said


def test_unreadable_times_of_parquet_are_refused_with_the_first_row(tmp_path, make_plan):
    rows = {"user_id": ["u"] * 3, "timestamp": ["2024-07-01", "x", "y"], "event": ["buy"] * 3}
    pd.DataFrame(rows).to_parquet(tmp_path / "log.parquet")
    plan = make_plan(actions=[{"name": "buy", "event": "buy"}])
    with pytest.raises(EventsError, match=r"first unreadable time is 'x', log\.parquet row 2"):
        read_events(tmp_path / "log.parquet", plan)


def test_a_time_column_that_holds_no_time_is_refused(tmp_path, make_plan):
    rows = {"user_id": ["u"], "timestamp": [True], "event": ["buy"]}
    pd.DataFrame(rows).to_parquet(tmp_path / "log.parquet")
    with pytest.raises(EventsError, match="'timestamp' has the type boolean"):
        read_events(tmp_path / "log.parquet", make_plan())


def test_rows_without_user_time_or_event_are_refused_above_the_share_of_the_plan(refuse):
    text = HEADER + GOOD[0] + GOOD[1] + ",2024-07-01,view,,\nbob,,view,,\nbob,2024-07-01,,,\n"
    said = refuse(text, log={"max_rejected": 0.59})
    assert "3 of 5 rows that cannot be used (no event: 1, no time: 1, no user: 1)" in said


def test_a_log_of_which_nothing_can_be_used_is_refused_whatever_the_plan_allows(refuse):
    said = refuse(HEADER + "ann,soon,view,,\nann,later,buy,,\n", log={"max_rejected": 1.0})
    assert "2 of 2 rows that cannot be used" in said


def test_broken_quotes_are_refused_with_the_lines_that_they_swallowed(refuse):
    text = HEADER + GOOD[0] + 'bob,2024-07-01,"view,,\n' + GOOD[0] * 20 + GOOD[1]
    said = refuse(text)
    assert "22 of 23 rows that cannot be used (unreadable line: 22)" in said
    assert "first unreadable line is log.csv line 3" in said


def test_a_few_broken_lines_are_left_out_and_noted(tmp_path, make_plan):
    good = "".join(f"u{i},2024-07-01T10:{i:02}:00Z,view,,\n" for i in range(50))
    (tmp_path / "log.csv").write_text(HEADER + good + "u1,2024\n" + GOOD[1])
    plan = make_plan(actions=[{"name": "view", "event": "view"}])
    with read_events(tmp_path / "log.csv", plan) as log:
        assert log.facts.rejected == {"unreadable line": 1}
        assert (log.facts.rows, log.facts.events) == (52, 51)


def test_a_few_broken_lines_of_json_are_left_out_and_noted(tmp_path, make_plan):
    row = '{"user_id": "u%d", "timestamp": "2024-07-01T%02d:00Z", "event": "%s"}\n'
    good = "".join(row % (i, i, "view" if i else "buy") for i in range(20))
    (tmp_path / "log.jsonl").write_text(good + '{"user_id": "u1", "timest\n')
    plan = make_plan(actions=[{"name": "view", "event": "view"}])
    with read_events(tmp_path / "log.jsonl", plan) as log:
        assert log.facts.rejected == {"unreadable row": 1}


def test_a_parquet_file_that_is_none_is_refused(tmp_path, make_plan):
    (tmp_path / "log.parquet").write_text("user_id,timestamp,event\n" * 10)
    with pytest.raises(EventsError, match="cannot be read as parquet"):
        read_events(tmp_path / "log.parquet", make_plan())


def test_a_macro_that_the_log_does_not_have_is_refused_with_near_names(refuse):
    said = refuse(HEADER + "".join(GOOD), macro={"event": "bye"})
    assert "macro 'bye' is not among the 2 event names of the log (nearest: 'buy'" in said


def test_an_action_that_the_log_does_not_have_is_refused_with_near_names(refuse):
    said = refuse(HEADER + "".join(GOOD), actions=[{"name": "look", "event": "viewed"}])
    assert "action 'look' names the event 'viewed'" in said
    assert "nearest: 'view'" in said


def test_one_of_several_event_names_that_the_log_does_not_have_is_a_note(tmp_path, make_plan):
    (tmp_path / "log.csv").write_text(HEADER + "".join(GOOD))
    plan = make_plan(actions=[{"name": "look", "event": ["view", "viewed"]}])
    with read_events(tmp_path / "log.csv", plan) as log:
        assert "Events of the plan that the log does not have: 'viewed'." in log.facts.notes


def test_a_macro_whose_condition_never_holds_is_refused(refuse):
    said = refuse(HEADER + "".join(GOOD), macro={"event": "buy", "where": "price > 100"})
    assert "0 of them are macros under the condition 'price > 100'" in said


def test_a_horizon_longer_than_the_log_is_refused(refuse):
    assert "horizon 2w is longer than the log, which spans 0.1 days" in refuse(
        HEADER + "".join(GOOD), horizon="14d"
    )


def test_negative_values_of_macros_are_refused_with_the_lowest(refuse):
    text = HEADER + "".join(GOOD) + "bob,2024-07-01,buy,-3.5,USD\nbob,2024-07-02,view,-9,\n"
    said = refuse(text, macro={"event": "buy", "value": "price"})
    assert "value of 1 of 2 macros is negative (lowest: -3.5)" in said


def test_mixed_currencies_are_refused_with_their_counts(refuse):
    text = HEADER + "".join(GOOD) + "bob,2024-07-01,buy,3,EUR\nbob,2024-07-01,view,3,SEK\n"
    said = refuse(text, log={"columns": {"currency": "money"}})
    assert "macros are in 2 currencies (EUR 1, USD 1)" in said


def test_another_currency_than_that_of_the_plan_is_refused(refuse):
    macro = {"event": "buy", "value": "price", "currency": "EUR"}
    said = refuse(HEADER + "".join(GOOD), macro=macro, log={"columns": {"currency": "money"}})
    assert "macros of the log are in USD (1 of them), but the plan says EUR" in said


def test_a_refused_log_leaves_no_temporary_folder(refuse, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    refuse(HEADER + "".join(GOOD), macro={"event": "bye"})
    assert list((tmp_path / "spill").iterdir()) == []


@pytest.mark.parametrize("lines", [30, pytest.param(1_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_late_broken_line_of_json_is_left_out_and_its_place_is_said(
    tmp_path, make_plan, lines, zipped
):
    row = '{"user_id": "u%d", "timestamp": "2024-07-01T%02d:00:00Z", "event": "%s"}\n'
    with (gzip.open if zipped else open)(tmp_path / "log.jsonl", "wt") as stream:
        stream.writelines(row % (i % 997, i % 24, "view" if i % 9 else "buy") for i in range(lines))
        stream.write('{"user_id": "u1", "timestamp": "2024-07-01T\n')
        stream.write(row % (1, 1, "view"))
    plan = make_plan(actions=[{"name": "view", "event": "view"}])
    with read_events(tmp_path / "log.jsonl", plan) as log:
        assert log.facts.rejected == {"unreadable row": 1}
        assert f"The first line that is no JSON is log.jsonl line {lines + 1:,}." in log.facts.notes


def test_files_in_which_a_column_is_of_another_kind_are_refused(tmp_path, make_plan):
    rows = {"user_id": ["u"], "timestamp": ["2024-07-01"], "event": ["buy"]}
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame(rows | {"timestamp": pd.to_datetime(["2024-07-01"])}).to_parquet(
        tmp_path / "b.parquet"
    )
    with pytest.raises(EventsError) as refused:
        read_events(tmp_path, make_plan())
    said = str(refused.value)
    assert "differ in the column 'timestamp': text in 1 ('a.parquet'); time in 1 ('b.par" in said


def test_a_column_that_only_some_files_have_is_said(tmp_path, make_plan):
    rows = {"user_id": ["u", "u"], "timestamp": ["2024-07-01", "2024-07-03"]}
    rows |= {"event": ["view", "buy"]}
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame(rows | {"user_id": "v", "channel": None}).to_parquet(tmp_path / "b.parquet")
    pd.DataFrame(rows | {"user_id": "w", "channel": "ads"}).to_parquet(tmp_path / "c.parquet")
    plan = make_plan(actions=[{"name": "view", "event": "view"}], log={"attributes": ["channel"]})
    with read_events(tmp_path, plan) as log:
        assert log.facts.notes[-1].startswith("No macro.value")
        assert any("'channel' is missing from 1 of 3 files ('a.par" in n for n in log.facts.notes)
