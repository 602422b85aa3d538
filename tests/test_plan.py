import copy
import json
import pickle
from datetime import timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from microlift.errors import (
    BusyError,
    CutOffError,
    EventsError,
    InputError,
    MicroliftError,
    PlanError,
    nearest,
)
from microlift.plan import (
    Action,
    Clock,
    Columns,
    LogSpec,
    Macro,
    Plan,
    WeightsSpec,
    format_duration,
    micros,
    parse_duration,
)

SMALL = {
    "macro": {"event": "purchase"},
    "horizon": "14d",
    "actions": [
        {"name": "view_item", "event": "view_item"},
        {"name": "add_to_cart", "event": ["add_to_cart", "quick_add"]},
    ],
}

FULL = """
version: 1
log:
  columns: {user_id: uid, timestamp: ts, event: name, session_id: null, value: revenue}
  attributes: [channel, device]
  timezone: Europe/Berlin
  session_gap: 45m
  sequence: [batch, row]
  max_rejected: 0.1
macro: {event: purchase, where: "value > 0", value: value, currency: USD}
horizon: 14d
moments: visits
actions:
  - {name: view_item, event: view_item, kind: milestone}
  - {name: deep_scroll, event: scroll, where: "percent_scrolled >= 75", kind: engagement}
  - {name: pricing_page, event: page_view, where: "page_path LIKE '/pricing%'", kind: exploration}
  - {name: newsletter, event: [sign_up, newsletter_signup], kind: secondary}
funnel: [view_item, pricing_page]
weights: {primary: auto, keep_macro_primary: false, max_step: 0.2}
"""


def plan_with(**changes):
    """The small plan with some keys of its top level replaced."""
    return Plan.from_dict({**copy.deepcopy(SMALL), **changes})


def action_with(plan=None, **changes):
    return plan_with(actions=[{"name": "a", "event": "a", **changes}], **(plan or {}))


def write(folder, text, name="plan.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("1h", timedelta(hours=1)),
        ("14d", timedelta(days=14)),
        (" 2w ", timedelta(weeks=2)),
        ("0d", timedelta(0)),
        ("36500d", timedelta(days=36500)),
    ],
)
def test_a_duration_is_a_whole_number_and_a_unit(text, duration):
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["14", "d", "", "1.5h", "-1d", "+1d", "1 d", "1D", "1mo", "1d2h", "٣d"]
)
def test_any_other_text_is_no_duration(text):
    with pytest.raises(PlanError, match=r"not a duration.*such as 30m or 14d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["36501d", "9999999999w"])
def test_a_duration_beyond_any_log_is_refused(text):
    with pytest.raises(PlanError, match=r"longer than any log. Write at most 36500d"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=36_500 * 86_400).map(lambda s: timedelta(seconds=s)))
def test_a_duration_survives_being_written_and_read(duration):
    assert parse_duration(format_duration(duration)) == duration


def test_a_duration_is_written_in_its_largest_exact_unit():
    seconds = [0, 1, 60, 90, 3_600, 86_400, 604_800, 691_200]
    written = [format_duration(timedelta(seconds=s)) for s in seconds]
    assert written == ["0s", "1s", "1m", "90s", "1h", "1d", "1w", "8d"]


@pytest.mark.parametrize("duration", [timedelta(microseconds=1), timedelta(days=-1)])
def test_a_duration_that_no_plan_can_hold_is_not_written(duration):
    with pytest.raises(PlanError, match="whole seconds, not negative"):
        format_duration(duration)


def test_microseconds_are_exact_integers():
    assert micros(timedelta(days=36_500, microseconds=1)) == 36_500 * 86_400 * 10**6 + 1


def test_the_plan_of_the_contract_is_read_as_written(tmp_path):
    plan = Plan.load(write(tmp_path, FULL))
    assert plan.log.columns == Columns(user_id="uid", timestamp="ts", event="name", value="revenue")
    assert plan.log.attributes == ("channel", "device")
    assert plan.log.session_gap == timedelta(minutes=45)
    assert (plan.log.sequence, plan.log.max_rejected) == (("batch", "row"), 0.1)
    assert plan.macro == Macro(event="purchase", where="value > 0", value="value", currency="USD")
    assert (plan.horizon, plan.moments) == (timedelta(days=14), "visits")
    assert [a.name for a in plan.actions] == [
        "view_item",
        "deep_scroll",
        "pricing_page",
        "newsletter",
    ]
    assert plan.actions[1].where == "percent_scrolled >= 75"
    assert plan.actions[3].event == ("sign_up", "newsletter_signup")
    assert plan.funnel == ("view_item", "pricing_page")
    assert plan.weights == WeightsSpec()


def test_what_is_not_said_has_the_defaults_of_the_contract():
    plan = plan_with()
    assert plan.version == 1
    assert plan.log == LogSpec(columns=Columns())
    assert (plan.log.timezone, plan.log.session_gap) == ("UTC", timedelta(minutes=30))
    assert (plan.log.attributes, plan.log.sequence, plan.log.max_rejected) == ((), (), 0.05)
    assert (plan.log.columns.session_id, plan.log.columns.currency) == (None, None)
    assert (plan.macro.where, plan.macro.value, plan.macro.currency) == (None, None, None)
    assert (plan.moments, plan.funnel, plan.actions[0].kind) == ("visits", (), "milestone")
    assert plan.weights.primary == "auto"
    assert (plan.weights.max_primary, plan.weights.keep_macro_primary) == (3, False)
    assert (plan.weights.max_step, plan.weights.calibration_range) == (0.2, (0.2, 5.0))


def test_moments_may_go_by_the_clock():
    plan = plan_with(moments={"clock": "1d", "quiet": "30d"})
    assert plan.moments == Clock(clock=timedelta(days=1), quiet=timedelta(days=30))


def test_a_plan_can_be_built_from_its_parts():
    actions = tuple(Action(**action) for action in SMALL["actions"])
    plan = Plan(macro=Macro(event="purchase"), horizon=timedelta(days=14), actions=actions)
    assert plan == plan_with()


def test_a_plan_is_a_value(tmp_path):
    plan = Plan.load(write(tmp_path, FULL))
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert len({plan, Plan.load(write(tmp_path, FULL, "again.yaml"))}) == 1
    with pytest.raises(ValueError, match="frozen"):
        plan.horizon = timedelta(days=1)


def test_reading_a_plan_does_not_change_what_it_is_read_from():
    given = copy.deepcopy(SMALL)
    Plan.from_dict(given)
    assert given == SMALL


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=HYPERLINK(1)", "👩‍👩‍👧 ✓", "a'b\"c;--"]
)
def test_a_name_is_data_whatever_it_looks_like(name):
    assert action_with(name=f"  {name} ").actions[0].name == name


def test_a_named_primary_and_a_fixed_value_are_kept():
    plan = plan_with(
        macro={"event": ["purchase", "order"], "value": 40},
        weights={"primary": ["add_to_cart"], "calibration_range": [0.1, 10]},
    )
    assert plan.weights.primary == ("add_to_cart",)
    assert plan.weights.calibration_range == (0.1, 10.0)
    assert plan.macro.value == 40.0


texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() == text
)
durations = st.integers(1, 10**6).map(lambda s: format_duration(timedelta(seconds=s)))
plans = st.fixed_dictionaries(
    {
        "macro": st.fixed_dictionaries(
            {"event": st.lists(texts, min_size=1, max_size=3, unique=True)},
            optional={"value": st.one_of(texts, st.floats(0.01, 1e6)), "currency": st.just("EUR")},
        ),
        "horizon": durations,
        "actions": st.lists(
            st.fixed_dictionaries(
                {"name": texts, "event": st.lists(texts, min_size=1, max_size=3, unique=True)},
                optional={"kind": st.just("friction"), "where": st.just("x > 1")},
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda action: action["name"],
        ),
    },
    optional={
        "moments": st.just({"clock": "1d", "quiet": "30d"}),
        "log": st.fixed_dictionaries({}, optional={"session_gap": durations}),
    },
)


@given(plans)
def test_a_plan_survives_being_written_and_read(given):
    plan = Plan.from_dict(given)
    assert Plan.from_dict(plan.to_dict()) == plan
    through_text = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    through_yaml = Plan.from_dict(yaml.safe_load(yaml.safe_dump(plan.to_dict())))
    assert through_text == through_yaml == plan
    assert through_text.hash == through_yaml.hash == plan.hash


def test_the_hash_hangs_on_neither_key_order_nor_path_nor_spelled_out_defaults(tmp_path):
    plan = Plan.load(write(tmp_path, FULL))
    turned = yaml.safe_dump(dict(reversed(yaml.safe_load(FULL).items())), sort_keys=False)
    assert Plan.load(write(tmp_path, turned, "turned.yml")).hash == plan.hash
    assert Plan.from_dict(plan.to_dict()).hash == plan.hash
    assert len(plan.hash) == 12
    assert int(plan.hash, 16) >= 0


def test_the_hash_stays_over_releases():
    # Written by release 0.1; a change means that every published weights file loses its plan.
    assert plan_with().hash == "f04209165a7c"


def test_the_hash_tells_plans_apart():
    others = [
        plan_with(),
        plan_with(horizon="15d"),
        plan_with(actions=SMALL["actions"][::-1]),
        plan_with(moments={"clock": "1d", "quiet": "30d"}),
        plan_with(macro={"event": "purchase", "value": 5}),
        plan_with(macro={"event": "purchase", "value": "5"}),
    ]
    assert len({plan.hash for plan in others}) == len(others)
    assert plan_with(horizon="2w").hash == plan_with().hash


@pytest.mark.parametrize(
    ("changes", "path", "near"),
    [
        ({"horizn": "14d"}, "horizn", "'horizon'"),
        ({"log": {"colums": {}}}, "log.colums", "'columns'"),
        ({"log": {"columns": {"userid": "u"}}}, "log.columns.userid", "'user_id'"),
        ({"macro": {"event": "p", "curency": "EUR"}}, "macro.curency", "'currency'"),
        ({"moments": {"clok": "1d", "quiet": "30d"}}, "moments.clok", "'clock'"),
        ({"weights": {"primry": "auto"}}, "weights.primry", "'primary'"),
        ({"session_gap": "30m"}, "session_gap", "'log.session_gap'"),
        ({"attributes": ["channel"]}, "attributes", "'log.attributes'"),
    ],
)
def test_an_unknown_key_is_refused_by_its_path_with_the_nearest_known_one(changes, path, near):
    with pytest.raises(PlanError, match=rf"Plan key '{path}': It is not known \(nearest: {near}"):
        plan_with(**changes)


def test_an_unknown_key_of_an_action_is_refused_with_the_name_of_the_action():
    with pytest.raises(PlanError, match=r"'actions\[0\].wher' \(action 'a'\).*nearest: 'where'"):
        action_with(wher="x > 1")


def test_a_misspelled_key_is_one_mistake_and_not_also_a_missing_key():
    given = {**SMALL, "horizn": "14d"}
    del given["horizon"]
    with pytest.raises(PlanError) as refused:
        Plan.from_dict(given)
    assert "missing" not in str(refused.value)


LATER = [
    ({"log": {"columns": {"campaign": "x"}}}, "log.columns.campaign"),
    ({"macro": {"event": "p", "count": 1}}, "macro.count"),
]


@pytest.mark.parametrize(("changes", "path"), LATER)
def test_a_key_kept_for_later_is_refused_as_not_yet_supported(changes, path):
    with pytest.raises(PlanError, match=f"Plan key '{path}': It is not yet supported"):
        plan_with(**changes)


RULES = [
    ({"at_least": 5, "within": "session"}, "at least 5 of 'a' within a session"),
    ({"at_least": 3, "within": "7d"}, "at least 3 of 'a' within 1w"),
    ({"dwell": "60s"}, "'a', and the next event of the session at least 1m later"),
    ({"without": "b", "within": "session"}, "'a' and none of 'b' in its session after it"),
    ({"without": ["b", "c"], "within": "10m"}, "'a' and none of 'b', 'c' within 10m after it"),
    ({"where": "x > 1", "first_only": True}, "'a' where 'x > 1', only a user's first"),
]


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_a_rule_is_kept_written_and_told_in_words(rule, words):
    plan = action_with(**rule)
    assert plan.actions[0].rule == words
    assert plan.actions[0].ruled
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert plan.hash == Plan.from_dict(plan.to_dict()).hash != action_with().hash


REPEAT = {"macro": {"event": "purchase", "repeat": True}}


def test_an_action_after_the_macro_takes_part_where_the_next_one_is_asked_about():
    first, following = action_with(after="macro"), action_with(after="macro", plan=REPEAT)
    assert not first.takes_part(first.actions[0])
    assert following.takes_part(following.actions[0])
    assert len({first.hash, following.hash, action_with().hash}) == 3
    for plan in (first, following):
        assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert following.heard == following
    unheard = first.heard.actions[0]
    assert (unheard.name, unheard.event, unheard.ruled) == (first.actions[0].name, (), False)


@pytest.mark.parametrize("key", ["funnel", "weights"])
def test_an_action_after_the_macro_leads_to_no_first_one(key):
    changes = {"funnel": ["a"]} if key == "funnel" else {"weights": {"primary": ["a"]}}
    with pytest.raises(
        PlanError, match="names 'a', which comes after the macro and so leads to no"
    ):
        action_with(after="macro", plan=changes)
    assert action_with(after="macro", plan=changes | REPEAT).macro.repeat


@pytest.mark.parametrize("value", ["purchase", 1, True, ["macro"]])
def test_an_action_comes_after_the_macro_and_after_nothing_else(value):
    with pytest.raises(
        PlanError, match=r"actions\[0\].after.* Write 'after: macro', or leave it out"
    ):
        action_with(after=value)


@pytest.mark.parametrize("value", [1, "yes", "twice"])
def test_repeat_is_true_or_false(value):
    with pytest.raises(PlanError, match=r"Plan key 'macro\.repeat': Got"):
        plan_with(macro={"event": "purchase", "repeat": value})


def test_an_action_of_sessions_needs_no_event():
    plan = plan_with(actions=[{"name": "came_back", "returns_within": "7d"}])
    assert plan.actions[0].returns_within == timedelta(days=7)
    assert plan.actions[0].rule == (
        "a session that starts at most 1w after the user's event before it"
    )
    assert Plan.from_dict(plan.to_dict()) == plan


def test_the_json_schema_of_a_plan_knows_the_rules():
    action = Plan.model_json_schema()["$defs"]["Action"]
    assert {"at_least", "within", "dwell", "returns_within", "without", "first_only"} <= set(
        action["properties"]
    )
    assert action["required"] == ["name"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"at_least": 5}, "Got at_least and no within, .*'within: session'"),
        ({"without": "b"}, "Got without and no within"),
        ({"within": "session"}, "Got within session and neither at_least nor without"),
        ({"dwell": "60s", "within": "7d"}, "Got within 1w and neither at_least nor without"),
        ({"at_least": 2, "within": "session", "dwell": "60s"}, "Got at_least and dwell; an action"),
        ({"returns_within": "7d"}, "Got returns_within beside event or where"),
        ({"at_least": 1, "within": "7d"}, "Got at_least 1 within a duration, which every event"),
        ({"at_least": 0, "within": "session"}, r"\.at_least' .*Got 0, .*greater than or eq"),
        ({"at_least": 2.0, "within": "session"}, r"\.at_least' .*Got 2.0, .*valid integer"),
        ({"at_least": 10_001, "within": "session"}, "Got 10001, .*less than or equal to 10000"),
        ({"at_least": 2, "within": 7}, r"\.within' .*Got 7, a bare.*Write 7d. Or write sess"),
        ({"at_least": 2, "within": "visit"}, "Got 'visit', which is not a duration.*Or write sess"),
        ({"dwell": 60}, r"\.dwell' .*Got 60, a bare number, .*Write 60s"),
        ({"dwell": "0s"}, "Got 0s, which leaves no time at all"),
        ({"dwell": "31m"}, "'a' has a dwell of 31m, longer than log.session_gap 30m"),
        ({"without": ["b", "a"], "within": "1d"}, "Got 'a' in event and in without; an"),
        ({"first_only": "yes"}, r"\.first_only' .*Got 'yes', .*valid boolean"),
        ({"event": []}, "Got no event, so nothing could be an occurrence"),
    ],
)
def test_a_rule_that_is_not_whole_or_contradicts_itself_is_refused(rule, message):
    with pytest.raises(PlanError, match=message):
        action_with(**rule)


def test_a_dwell_may_be_longer_than_the_gap_where_the_log_numbers_its_sessions():
    columns = {"columns": {"session_id": "visit"}}
    actions = [{"name": "a", "event": "a", "dwell": "31m"}]
    assert plan_with(log=columns, actions=actions).actions[0].dwell == timedelta(minutes=31)


def test_an_action_that_names_no_event_is_refused_by_its_name():
    with pytest.raises(PlanError, match=r"'actions\[0\]' \(action 'a'\): Got no event"):
        plan_with(actions=[{"name": "a"}])


def test_friction_is_not_named_as_primary():
    actions = [{"name": "error", "event": "error", "kind": "friction"}]
    assert plan_with(actions=actions).weights.primary == "auto"
    with pytest.raises(PlanError, match=r"'weights.primary' names 'error' of kind friction"):
        plan_with(actions=actions, weights={"primary": ["error"]})


@pytest.mark.parametrize("key", ["macro", "horizon", "actions"])
def test_a_missing_key_is_named_with_an_example(key):
    given = {k: v for k, v in SMALL.items() if k != key}
    with pytest.raises(PlanError, match=rf"Plan key '{key}': It is missing.*example '{key}: \S+"):
        Plan.from_dict(given)


def test_many_problems_make_a_bounded_message():
    with pytest.raises(PlanError, match="And 15 more problems") as refused:
        plan_with(**{f"key_{number}": 1 for number in range(20)})
    assert len(str(refused.value).splitlines()) == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": 14}, "Plan key 'horizon': Got 14, a bare number.*Write 14d"),
        ({"log": {"session_gap": 30}}, "'log.session_gap': Got 30, a bare number.*Write 30m"),
        ({"moments": {"clock": 1, "quiet": "30d"}}, "'moments.clock': Got 1, .*Write 1d"),
        ({"horizon": 14.5}, "'horizon': Got 14.5, not a duration"),
        ({"horizon": True}, "'horizon': Got True, not a duration"),
        ({"horizon": None}, "'horizon': Got None, not a duration"),
        ({"horizon": "two weeks"}, "'horizon': Got 'two weeks', which is not a duration"),
        ({"horizon": "0d"}, "'horizon': Got 0d, which leaves no time at all"),
        ({"horizon": timedelta(days=-1)}, "'horizon': Got the duration .*not negative"),
        ({"horizon": timedelta(microseconds=5)}, "'horizon': .*whole seconds"),
        ({"moments": "ticks"}, "'moments': Got 'ticks'. Write visits, or {clock: 1d, quiet: 30d}"),
        ({"moments": {"clock": "1d"}}, "'moments.quiet': It is missing"),
        ({"moments": {"clock": "7d", "quiet": "1w"}}, "Got clock 1w and quiet 1w; .*longer than"),
        ({"version": 2}, "'version': Got 2; this release reads version 1 only"),
        ({"version": True}, "'version': Got True; this release"),
        ({"version": "1"}, "'version': Got '1'; this release"),
        ({"log": None}, r"'log': Got None, not a mapping. Write some of its keys \(columns, "),
        ({"log": {"timezone": "Europe/Berln"}}, "not a known time zone.*'Europe/Berlin'"),
        ({"log": {"timezone": "../etc"}}, "'log.timezone': Got '../etc', not a known time zone"),
        ({"log": {"timezone": "Europe"}}, "'log.timezone': Got 'Europe', not a known time zone"),
        ({"log": {"max_rejected": 1.5}}, "'log.max_rejected': Got 1.5, .*less than or equal to 1"),
        ({"log": {"attributes": ["a", "a"]}}, "'log.attributes': Got 'a' more than once"),
        ({"log": {"sequence": [1]}}, r"'log.sequence': Got \[1\], not text or a list of texts"),
        ({"log": {"columns": {"event": None}}}, "'log.columns.event': Got None, not text"),
        ({"log": {"columns": {"value": ""}}}, "'log.columns.value': Got '', .*at least 1"),
        ({"log": {"columns": {"event": "user_id"}}}, "one column cannot be two of them"),
        ({"macro": "purchase"}, "'macro': Got 'purchase', not a mapping.*event, where, value"),
        ({"macro": {"event": []}}, "'macro.event': Got an empty list"),
        ({"macro": {"event": [""]}}, "'macro.event': Got an empty text"),
        ({"macro": {"event": True}}, "'macro.event': Got True, .*put text in quotes"),
        ({"macro": {"event": "p", "value": -5}}, "'macro.value': Got -5; .*number above 0"),
        ({"macro": {"event": "p", "value": 0}}, "'macro.value': Got 0; .*number above 0"),
        ({"macro": {"event": "p", "value": float("nan")}}, "'macro.value': Got nan; "),
        ({"macro": {"event": "p", "value": 1e300}}, r"'macro.value': Got 1e\+300; "),
        ({"macro": {"event": "p", "value": False}}, "'macro.value': Got False. Write a number"),
        ({"macro": {"event": "p", "value": " "}}, "'macro.value': Got ' '. Write a number, or"),
        ({"macro": {"event": "p", "currency": "usd"}}, "'macro.currency': Got 'usd', .*as USD"),
        ({"macro": {"event": "p", "where": "f(x)"}}, "'macro.where': .*a function call"),
        ({"macro": {"event": "p", "where": 5}}, "'macro.where': Got 5, not text"),
        ({"actions": []}, "'actions': Got 0 actions; a plan holds 1 to 30"),
        ({"actions": {"a": "b"}}, "'actions': Got {'a': 'b'}, not a list"),
        ({"actions": ["a"]}, r"'actions\[0\]': Got 'a', not a mapping.*name, event, where, kind"),
        ({"funnel": ["view_item", "cart"]}, "'funnel' names 'cart', which is none of the 2 act"),
        ({"funnel": ["view_itm"]}, "'funnel' names 'view_itm'.*nearest: 'view_item'"),
        ({"funnel": ["view_item"] * 2}, "'funnel': Got 'view_item' more than once"),
        ({"weights": {"primary": ["cart"]}}, "'weights.primary' names 'cart', which is none"),
        ({"weights": {"primary": []}}, "'weights.primary': Got an empty list"),
        ({"weights": {"max_primary": 0}}, "'weights.max_primary': Got 0, .*greater than or eq"),
        ({"weights": {"max_primary": "3"}}, "'weights.max_primary': Got '3', .*valid integer"),
        ({"weights": {"max_step": 0}}, "'weights.max_step': Got 0, .*greater than 0"),
        ({"weights": {"keep_macro_primary": "yes"}}, "Got 'yes', .*valid boolean"),
        ({"weights": {"calibration_range": [5, 1]}}, r"calibration_range \[5.0, 1.0\], which noth"),
        ({"weights": {"calibration_range": [5]}}, r"'weights.calibration_range\[1\]': Got \[5\]"),
        ({"weights": {"calibration_range": [0.2, float("inf")]}}, "Got inf, .*finite"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_key(changes, message):
    with pytest.raises(PlanError, match=message):
        plan_with(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 404}, r"'actions\[0\].name': Got 404, not text. .*put text in quotes"),
        ({"name": "  "}, "Got '  ' of 0 characters"),
        ({"name": "x" * 101}, "of 101 characters; .*1 to 100"),
        ({"name": "a\nb\tc"}, "with 2 control characters"),
        ({"name": "\ud83d"}, "with 1 control characters"),
        ({"event": None}, r"'actions\[0\].event' \(action 'a'\): Got None, not text"),
        ({"event": ["x", "x"]}, r"\(action 'a'\): Got 'x' more than once"),
        ({"kind": "mileston"}, r"\(action 'a'\): Got 'mileston', .*'milestone', 'secondary'"),
        ({"where": "lower(x) = 'y'"}, r"'actions\[0\].where' \(action 'a'\): .*a function call"),
        ({"where": "x IN (SELECT 1)"}, r"'actions\[0\].where' \(action 'a'\): .*a subquery"),
        ({"where": "x = 1; DROP TABLE y"}, r"\.where' \(action 'a'\): .*a semicolon"),
        ({"where": ""}, r"'actions\[0\].where' \(action 'a'\): Got '' as a condition"),
    ],
)
def test_an_action_that_cannot_be_used_is_refused_by_its_name(changes, message):
    with pytest.raises(PlanError, match=message):
        action_with(**changes)


def test_two_actions_of_one_name_are_refused():
    actions = [{"name": "cart", "event": "a"}, {"name": " cart", "event": "b"}]
    with pytest.raises(PlanError, match="Got 'cart' as the name of more than one action"):
        plan_with(actions=actions)


def test_at_most_thirty_actions_are_taken():
    actions = [{"name": f"a{number}", "event": "e"} for number in range(31)]
    assert len(plan_with(actions=actions[:30]).actions) == 30
    with pytest.raises(PlanError, match="Got 31 actions; a plan holds 1 to 30"):
        plan_with(actions=actions)


@pytest.mark.parametrize("given", [None, [], "plan", 5])
def test_a_plan_that_is_no_mapping_is_refused(given):
    with pytest.raises(PlanError, match="not a mapping of keys"):
        Plan.from_dict(given)


def test_parts_built_by_hand_speak_in_the_words_of_the_plan():
    with pytest.raises(PlanError, match=r"'actions\[\].where' \(action 'a'\): .*a function call"):
        Action(name="a", event="a", where="f(x) = 1")
    with pytest.raises(PlanError, match=r"'log.columns.usr_id': It is not known.*'user_id'"):
        LogSpec(columns={"usr_id": "u"})
    with pytest.raises(PlanError, match=r"'macro.event': It is missing"):
        Macro()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The plan is None, not a mapping of keys"),
        ("- a\n- b", "not a mapping of keys"),
        ("macro: [", "cannot be read as YAML at line 1"),
        ("macro: {}\n---\nmacro: {}", "cannot be read as YAML at line 2"),
        ("a: !!python/object/apply:os.getcwd []", "cannot be read as YAML at line 1"),
        ("a: 2026-13-45", "cannot be read as YAML: month must be in"),
        ("{[a]: b}", "cannot be read as YAML at line 1: found unhashable key"),
        ("a: " + "[" * 3000, "cannot be read as YAML"),
        ("horizon: 1d\nhorizon: 2d", "the key 'horizon' more than once .* line 1"),
        ("horizon: 1d\nmacro:\n  event: a\n  event: b", "key 'event' more than once .* line 3"),
    ],
)
def test_a_file_that_holds_no_plan_is_refused(text, message, tmp_path):
    with pytest.raises(PlanError, match=message):
        Plan.load(write(tmp_path, text))


def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path):
    with pytest.raises(PlanError, match=r"Plan file '.*nowhere.yaml' does not exist"):
        Plan.load(tmp_path / "nowhere.yaml")


def test_a_folder_or_bytes_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(PlanError, match="cannot be read as YAML"):
        Plan.load(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(PlanError, match="cannot be read as YAML"):
        Plan.load(tmp_path / "bytes.yaml")


def test_a_file_may_share_parts_by_anchors_and_start_with_a_byte_order_mark(tmp_path):
    text = (
        "\ufeffmacro: {event: purchase}\nhorizon: 14d\nactions:\n"
        "  - &one {name: a, event: x, kind: friction}\n  - {<<: *one, name: b}\n"
    )
    plan = Plan.load(str(write(tmp_path, text)))
    assert [(a.name, a.event, a.kind) for a in plan.actions] == [
        ("a", ("x",), "friction"),
        ("b", ("x",), "friction"),
    ]


def test_every_error_has_the_exit_code_of_the_contract():
    codes = {error: error.exit_code for error in (InputError, PlanError, EventsError)}
    assert set(codes.values()) == {2}
    assert (MicroliftError.exit_code, CutOffError.exit_code, BusyError.exit_code) == (1, 4, 75)
    assert all(issubclass(e, MicroliftError) for e in (InputError, CutOffError, BusyError))


def test_near_names_are_sorted_by_likeness_and_bounded():
    known = ["add_to_cart", "Add_To_Cart", "view_item", "purchase", "refund"]
    assert nearest("addtocart", known) == "'Add_To_Cart', 'add_to_cart'"
    assert nearest("zzz", known) == "'Add_To_Cart', 'add_to_cart', 'purchase' and 2 more"
    assert nearest("zzz", ["b", "a"]) == "'a', 'b'"
    assert nearest("zzz", []) == "(none)"


@pytest.mark.parametrize("column", ["uid", "visit", "gclid"])
def test_the_column_of_user_session_or_click_ids_is_no_attribute(column: str) -> None:
    columns = {"user_id": "uid", "session_id": "visit", "click_id": "gclid"}
    log = {"columns": columns, "attributes": [column]}
    with pytest.raises(PlanError, match=r"ids never are\. Remove it"):
        Plan.from_dict(
            {
                "macro": {"event": "buy"},
                "horizon": "7d",
                "actions": [{"name": "cart", "event": "cart"}],
                "log": log,
            }
        )


def test_the_column_of_click_ids_is_not_that_of_user_ids() -> None:
    with pytest.raises(PlanError, match=r"'uid' for click_id .*leave click_id out"):
        plan_with(log={"columns": {"user_id": "uid", "click_id": "uid"}})


def test_settings_of_ad_platforms_are_kept_by_target_and_change_no_identity():
    with_settings = plan_with(export={"google-ads": {"customer_id": "123"}})
    assert with_settings.export_settings("google-ads") == {"customer_id": "123"}
    assert with_settings.hash == plan_with().hash
    assert Plan.from_dict(with_settings.to_dict()) == with_settings
    with pytest.raises(PlanError, match=r"'export': Got .*by the name of a target"):
        plan_with(export={"google-ads": 5})
