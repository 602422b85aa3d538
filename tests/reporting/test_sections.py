import inspect

import pandas as pd
import pytest

import microlift as ml
from microlift.errors import EventsError
from microlift.evidence.unjudged import Unjudged
from microlift.reporting import captions, gate, page, sections, todo
from microlift.reporting.days import EventsByDay, MacrosByDay, by_day
from microlift.reporting.sections import Refused, ask, look, parted

LOOKS = [
    "rates", "audience", "trend", "funnel", "paths", "flow", "transitions", "assists",
    "time_to_macro", "lags", "diagnose", "backlog", "primary_metric", "backtest", "shortlist",
    "settling", "pooled", "unseen_intent", "combine", "run_checks", "readiness",
    "double_counting", "client_note",
]  # fmt: skip


def refuse(*_):
    raise EventsError("The log has 2 days, and needs 14. Give a longer one.")


def test_what_the_log_does_not_tell_is_the_reason_and_not_an_error():
    found = ask(refuse)
    assert found.why.startswith("The log has 2 days")
    shown = look("trend", "Trend", found)
    assert repr(shown) == "Trend: The log has 2 days, and needs 14\nGive a longer one."


def test_what_needs_something_that_was_refused_is_refused_for_the_same_reason():
    first = ask(refuse)
    assert ask(len, first) is first
    assert ask(dict, one=first) is first


def test_an_error_that_nobody_can_mend_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        ask(divmod, 1, 0)


def test_nothing_found_is_no_section():
    assert look("moved", "What moved", None).parts == ()


@pytest.mark.parametrize("name", LOOKS)
def test_every_look_of_the_reports_says_what_to_do(name):
    kind = inspect.signature(getattr(ml, name)).return_annotation
    assert kind in todo.SAID


@pytest.mark.parametrize("verdict", [True, False, None])
def test_every_check_says_what_to_do_whatever_its_verdict(verdict):
    from microlift.evidence.evidence import _OF_EVENTS, CHECKS

    names = {"overlap", "balance", "placebo action", "unmeasured confounder", "leave one out"}
    names |= {"calibration", *_OF_EVENTS.values()}
    assert len(names) == len(CHECKS)
    for name in names:
        said = todo.of(Unjudged(pd.DataFrame(), "So.", name, verdict))
        assert len(said) > 20, name
        assert said.endswith(".")
        assert said[0].isupper()


def test_a_short_finding_is_a_heading_as_a_whole():
    assert parted("556 buy in 30 days (510 to 603 by chance): ready for macro.") == (
        "556 buy in 30 days: ready for macro",
        ["510 to 603 by chance."],
    )


def test_brackets_and_what_a_name_holds_are_no_place_to_cut():
    text = "Without the heaviest (3 of them; the last events, and what is far beyond) no lift moves"
    assert parted(f"{text} by a tenth.") == (f"{text} by a tenth", [])
    name = '"a"; DROP TABLE b'
    heading, rest = parted(f"Of 20,000 visitors 5% reach {name}; what most of them do is view, 9%.")
    assert heading == f"Of 20,000 visitors 5 % reach {name}"
    assert rest == ["What most of them do is view, 9 %."]


def test_a_name_in_the_way_of_a_bracket_stays_in_the_heading():
    assert parted("The commonest path is view (old) → (left).")[0].endswith("view (old) → (left)")


@pytest.mark.parametrize("length", [10, 10_000])
def test_a_reason_with_a_hostile_name_is_bounded_text(length):
    why = Refused(f"The plan has no '<script>{'x' * length}'. Name <b>it</b>.")
    whole = page.page("Sections", "One.", look("a", "A", why).parts)
    assert gate.check(whole) == []
    assert "<b>" not in whole
    assert "x" * 300 not in whole


def test_a_check_that_was_not_judged_has_no_picture():
    assert not captions.pictured(Unjudged(pd.DataFrame(), "Too few.", "overlap", None))


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Ten days: views on each, a video on the fourth alone, a purchase on every second."""
    at = pd.date_range("2026-01-01 10:00", periods=10, freq="D", tz="UTC")
    rows = [(f"u{k}", day, "view") for k, day in enumerate(at) for _ in range(2)]
    rows = [(user, day + pd.Timedelta(minutes=k), name) for k, (user, day, name) in enumerate(rows)]
    rows += [("u3", at[3] + pd.Timedelta(hours=1), "<b>$x$")]
    rows += [(f"u{k}", at[k] + pd.Timedelta(hours=2), "buy") for k in range(1, 10, 2)]
    path = tmp_path_factory.mktemp("days") / "log.parquet"
    pd.DataFrame(rows, columns=["user_id", "timestamp", "event"]).to_parquet(path)
    plan = ml.Plan.from_dict(
        {"macro": {"event": "buy"}, "horizon": "1d",
         "actions": [{"name": "view", "event": "view"}]}
    )  # fmt: skip
    with ml.read_events(path, plan) as log:
        return by_day(log), by_day(log, last=4)


def test_days_are_counted_as_the_log_has_them(days):
    (macros, events), (late, _) = days
    assert isinstance(macros, MacrosByDay)
    assert macros.frame["macros"].tolist() == [0, 1] * 5
    assert macros.frame["events"].tolist() == [2, 3, 2, 4, 2, 3, 2, 3, 2, 3]
    assert macros.finding.endswith("4 whole days without any.")
    assert len(late.frame) == 4
    assert isinstance(events, EventsByDay)
    assert events.frame["event"].tolist() == ["view", "buy", "<b>$x$"]
    assert events.frame["total"].tolist() == [20, 5, 1]
    assert events.frame["missing"].tolist() == [0, 4, 0]
    assert str(events.frame["last"].iloc[2]) == "2026-01-04"
    assert "<b>$x$ is the most frequent" in events.finding


def test_days_are_drawn_with_every_name_as_text(days):
    (macros, events), _ = days
    shown = [*sections.drawn(macros), *sections.drawn(events)]
    whole = page.page("Days", "Ten.", shown)
    assert whole.count("<figure") == 2
    assert "&lt;b&gt;$x$" in whole
