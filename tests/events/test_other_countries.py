"""Logs as spreadsheets and databases of other countries write them: read, or refused in words."""

import pytest

from microlift.errors import EventsError
from microlift.events import read_events
from microlift.starter import draft_plan

LAST = "z;2024-07-03;view;\n"  # so that the horizon lies inside the log
ACTION = {"actions": [{"name": "view", "event": "view"}]}


def rows(time="2024-07-01 10:00", amount="12.50", users=20):
    view, buy = (f"{time};{event};" for event in ("view", "buy"))
    lines = [f"u{n};{view}\nu{n};{buy}{amount}\n" for n in range(users)]
    return "user_id;timestamp;event;price\n" + "".join(lines)


def refusal(call):
    with pytest.raises(EventsError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    "time", ["01.07.2024 10:00", "1.7.2024, 10:00:00", "01.07.2024 10:00:00.0"]
)
def test_a_date_with_dots_has_its_day_first(tmp_path, make_plan, time):
    (tmp_path / "log.csv").write_text(rows(time) + LAST)
    plan = make_plan(**ACTION, log={"timezone": "Europe/Berlin"})
    with read_events(tmp_path / "log.csv", plan) as log:
        assert (log.facts.macros, log.facts.first.isoformat()) == (20, "2024-07-01T08:00:00+00:00")


@pytest.mark.parametrize("time", ["07/01/2024 10:00", "01.07.24", "32.07.2024", "01.07.2024 Uhr"])
def test_a_time_that_is_not_read_is_shown_to_whoever_drafts(tmp_path, time):
    (tmp_path / "log.csv").write_text(rows(time))
    said = refusal(lambda: draft_plan(tmp_path / "log.csv"))
    assert f"timestamp holds no times that can be read, but such as '{time}'" in said
    assert "31.12.2025 23:59" in said


@pytest.mark.parametrize("amount", ["1.234,50", "1,234.50", "59 EUR"])
def test_macros_whose_values_are_no_numbers_are_refused(tmp_path, make_plan, amount):
    (tmp_path / "log.csv").write_text(rows(amount=amount) + LAST)
    plan = make_plan(**ACTION, macro={"event": "buy", "value": "value"}, log=PRICED)
    said = refusal(lambda: read_events(tmp_path / "log.csv", plan))
    assert f"The value of 20 of 20 macros is no number, such as '{amount}'" in said
    assert "1234.50" in said


PRICED = {"columns": {"value": "price"}}


def test_a_few_of_them_are_noted_and_none_at_all_is_no_text(tmp_path, make_plan):
    plan = make_plan(**ACTION, macro={"event": "buy", "value": "value"}, log=PRICED)
    text = rows() + "late;2024-07-01 12:00;buy;free\nlate;2024-07-01 13:00;buy;\n"
    (tmp_path / "log.csv").write_text(text)
    with read_events(tmp_path / "log.csv", plan) as log:
        assert "The value of 1 of 22 macros is no number, such as 'free'." in log.facts.notes
        assert "2 of 22 macros have no readable value and count as 0." in log.facts.notes


@pytest.mark.parametrize("others", ["59", "1.234", "899\nw;2024-07-01 12:00;buy;12.900"])
def test_a_point_that_may_part_thousands_is_asked_about(tmp_path, make_plan, others):
    plan = make_plan(**ACTION, macro={"event": "buy", "value": "value"}, log=PRICED)
    text = rows(amount="1.234") + f"w;2024-07-01 10:00;buy;{others}\n" + LAST
    (tmp_path / "log.csv").write_text(text)
    said = refusal(lambda: read_events(tmp_path / "log.csv", plan))
    assert "three digits after it" in said
    assert "as it is written in Germany" in said


@pytest.mark.parametrize("other", ["12.5", "0.900", "1234.500", "12.50"])
def test_a_point_that_parts_decimals_is_read_where_one_amount_tells(tmp_path, make_plan, other):
    plan = make_plan(**ACTION, macro={"event": "buy", "value": "value"}, log=PRICED)
    text = rows(amount="1.234") + f"w;2024-07-01 10:00;buy;{other}\n" + LAST
    (tmp_path / "log.csv").write_text(text)
    with read_events(tmp_path / "log.csv", plan) as log:
        assert log.facts.macros == 21


def test_three_decimals_are_the_coins_of_some_currencies(tmp_path, make_plan):
    macro = {"event": "buy", "value": "value", "currency": "KWD"}
    plan = make_plan(**ACTION, macro=macro, log=PRICED)
    (tmp_path / "log.csv").write_text(rows(amount="1.234") + LAST)
    with read_events(tmp_path / "log.csv", plan) as log:
        assert log.facts.macros == 20


def test_a_header_that_is_not_utf_8_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "log.csv").write_bytes(rows().replace("price", "für").encode("cp1252"))
    said = refusal(lambda: draft_plan(tmp_path / "log.csv"))
    assert "The header of 'log.csv' is not UTF-8" in said
    assert "iconv" in said


def test_a_draft_loses_no_rows_for_their_umlauts(tmp_path):
    text = rows() + "u1;2024-07-01 12:00;Geöffnet;\n" * 5
    (tmp_path / "log.csv").write_bytes(text.encode("cp1252"))
    said = refusal(lambda: draft_plan(tmp_path / "log.csv"))
    assert "has 5 of 45 lines that cannot be read" in said
    assert "log.csv line 42 (invalid encoding). It is not UTF-8. Save it" in said
