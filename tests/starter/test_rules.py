"""Rules beyond single events are proposed where a log speaks for them, with a run's figures."""

import re
from pathlib import Path

import pandas as pd
import pytest

from microlift.events import read_events
from microlift.plan import Clock, Plan
from microlift.starter import Draft, draft_plan
from microlift.starter.columns import Column
from microlift.starter.properties import conditions

from .conftest import START, log_of


def number(frame: pd.DataFrame) -> pd.Series:
    """The number in the name of the user."""
    return frame["user_id"].str[1:].astype(int)


def planned(draft: Draft) -> dict[str, object]:
    return {action.name: action for action in draft.plan.actions}


def in_reserve(draft: Draft) -> list[str]:
    return re.findall(r"^  # - \{name: (\w+)", draft.text, re.MULTILINE)


def figures(draft: Draft) -> dict[str, tuple[int, int]]:
    """Users of each action, and converters who had done it before, as the plan says them."""
    rows = re.findall(r"^#   (\w+) +([\d,]+) +([\d,]+) ", draft.text, re.MULTILINE)
    return {name: (int(n.replace(",", "")), int(led.replace(",", ""))) for name, n, led in rows}


def run_figures(draft: Draft, log: Path) -> dict[str, tuple[int, int]]:
    """The same, counted by pandas from the events as a run has read them."""
    plan = Plan.from_dict(draft.plan.to_dict())
    with read_events(log, plan) as read:
        events = read.con.to_pandas(read.events.select("user", "seq", "mask", "macro"))
    macro = events[events["macro"] == 1].groupby("user")["seq"].min()
    found = {}
    for bit, action in enumerate(plan.actions):
        first = events[events["mask"].to_numpy() >> bit & 1 == 1].groupby("user")["seq"].min()
        both = first.to_frame("seq").join(macro.rename("end"))
        found[action.name] = (len(first), int((both["seq"] < both["end"]).sum()))
    return found


#   users  what each does
LOG = log_of(
    (30, "page_view page_view page_view page_view page_view form_start purchase"),
    (30, "page_view page_view form_start form_submit look purchase"),
    (60, "page_view page_view page_view page_view page_view page_view"),
    (60, "page_view form_start | page_view form_start form_submit form_start"),
    (99, "page_view page_view page_view page_view | page_view look"),
    (20, "page_view form_start | page_view purchase | page_view look"),
)


@pytest.fixture(scope="module")
def log(parquet_of):
    return parquet_of(LOG)


@pytest.fixture(scope="module")
def draft(log):
    return draft_plan(log)


def test_many_pages_and_forms_left_are_actions_with_the_figures_of_a_run(log, draft):
    assert planned(draft)["heavy_browsing"].rule == "at least 5 of 'page_view' within a session"
    assert planned(draft)["form_left"].without == ("form_submit",)
    assert planned(draft)["form_left"].kind == "friction"
    # 30 + 60 have five pages in one visit; 99 have five in two.
    assert figures(draft)["heavy_browsing"] == (90, 30)
    # Of the first 30 nobody comes back: they are silent only after the macro.
    assert figures(draft)["form_left"] == (110, 20)
    expected = run_figures(draft, log)
    assert {name: figures(draft)[name] for name in expected} == expected


def test_visits_in_which_no_rule_holds_either_are_counted_as_check_counts_them(log, draft):
    said = re.search(
        r"In ([\d,]+) of ([\d,]+) visits up to the macro", draft.text.replace("\n# ", " ")
    )
    assert said
    with read_events(log, draft.plan) as read:
        assert int(said[1]) == read.facts.empty_visits


def test_reading_and_coming_back_are_in_reserve(draft):
    assert {"read_60s", "came_back"} <= set(in_reserve(draft))
    text = re.sub(r"^  # - ", "  - ", draft.text, flags=re.MULTILINE)
    assert "returns_within: 7d" in text
    assert "dwell: 60s" in text


def test_a_form_that_ends_in_the_macro_is_no_friction(write):
    # That it was left says that there was no macro.
    frame = log_of((40, "look form_start form_submit"), (60, "look form_start"), (60, "look other"))
    draft = draft_plan(write(frame), macro=["form_submit"])
    assert "form_left" not in draft.text


@pytest.mark.parametrize("start", ["video_start", "intro_video_start", "session_start"])
def test_what_is_watched_is_no_form(start, write):
    done = start.replace("start", "complete")
    frame = log_of(
        (40, f"look {start} {done} purchase"), (60, f"look {start} | look"), (60, "look")
    )
    assert "_left" not in draft_plan(write(frame)).text


def test_sequences_that_are_no_visits_get_no_rules(write):
    frame = log_of(
        (90, "page_view page_view page_view page_view page_view | c d"),
        (40, "page_view page_view page_view page_view page_view | c d | d purchase"),
    )
    draft = draft_plan(write(frame))
    assert isinstance(draft.plan.moments, Clock)
    assert "heavy_browsing" not in draft.text


@pytest.mark.parametrize(
    ("depths", "active"),
    [((25, 50, 75, 90), True), ((90,), False), ((25, 50), False)],
)
def test_scrolling_deep_stands_for_scrolling_where_the_log_tells_them_apart(depths, active, write):
    """Where every scroll is deep, or none is, the event is as good as the condition."""
    frame = log_of((40, "look scroll chat purchase"), (90, "look scroll"), (90, "look other"))
    frame["scroll_depth"] = [depths[i % len(depths)] for i in number(frame)]
    frame["scroll_depth"] = frame["scroll_depth"].where(frame["event"] == "scroll")
    draft = draft_plan(write(frame))
    assert ("deep_scroll" in planned(draft)) == active
    assert ("scroll" in planned(draft)) != active
    assert ("scroll" in in_reserve(draft)) == active


def test_pages_that_sell_are_explored_where_there_are_some(write):
    frame = log_of((40, "page_view chat purchase"), (90, "page_view look"), (90, "page_view look"))
    url = pd.Series("/shop", frame.index).where(number(frame) % 3 > 0, "/pricing?x=1")
    log = write(frame.assign(page_path=url))
    draft = draft_plan(log)
    assert planned(draft)["pricing_page"].where == "page_path LIKE '%pricing%'"
    assert planned(draft)["pricing_page"].event == ("page_view",)
    assert "case_study" not in draft.text
    assert figures(draft)["pricing_page"] == run_figures(draft, log)["pricing_page"]


def test_an_event_of_the_name_of_a_rule_is_left_in_peace(write):
    frame = LOG.replace({"event": {"look": "heavy_browsing"}})
    assert planned(draft_plan(write(frame)))["heavy_browsing"].at_least is None


def test_a_finished_entry_is_asked_for_by_rules_too(write):
    begun = LOG.assign(lifecycle="START", timestamp=LOG["timestamp"] - pd.Timedelta("1s"))
    draft = draft_plan(write(pd.concat([LOG.assign(lifecycle="COMPLETE"), begun])))
    assert planned(draft)["heavy_browsing"].where == "lifecycle = 'COMPLETE'"


@pytest.mark.parametrize("name", ["page\nurl", 'page"url', "page_url: #", "url" + "_" * 90])
def test_a_hostile_column_is_quoted_in_a_condition(name, write):
    frame = log_of((40, "page_view chat purchase"), (90, "page_view look"), (90, "page_view look"))
    frame[name] = pd.Series("/shop", frame.index).where(number(frame) % 3 > 0, "/pricing")
    log = write(frame)
    draft = draft_plan(log)
    assert all(char.isprintable() for char in draft.text.replace("\n", ""))
    assert figures(draft)["pricing_page"] == run_figures(draft, log)["pricing_page"]


def test_a_column_of_10_000_characters_makes_no_condition():
    assert conditions([Column("url" + " " * 9_997, "text", 1.0, 9)], []) == ()


def test_the_order_of_the_rows_makes_no_difference_to_rules(write):
    frame = LOG.assign(url=[f"/p{i % 7}/pricing" if i % 5 == 0 else "/" for i in range(len(LOG))])
    shuffled = frame.sample(frac=1, random_state=3)
    assert draft_plan(write(shuffled)).text == draft_plan(write(frame)).text


def test_a_row_without_a_session_id_belongs_to_the_visit_before(write):
    #  minute   0   1   2   40  41       the id of the visit
    ids = ["s1", None, "s1", None, "s2"]
    rows = [
        (f"u{user}", START + pd.Timedelta(days=user, minutes=minute), event, f"{sid}-{user}")
        for user in range(60)
        for minute, event, sid in zip(
            (0, 1, 2, 40, 41), ("look", "chat", "look", "look", "purchase"), ids, strict=True
        )
    ]
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "session_id"])
    frame["session_id"] = frame["session_id"].mask(frame["session_id"].str.startswith("None"))
    log = write(pd.concat([frame, log_of((30, "look"), (30, "other"))]))
    draft = draft_plan(log, macro=["purchase"])
    with read_events(log, draft.plan) as read:
        assert f"Users came {read.facts.sessions:,} times" in draft.text
