"""Plans changed from Python: refused as their file is, and read back from it as they were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.errors import PlanError
from microlift.plan import Plan
from microlift.simulate import SHOPS, plan_for

names = st.text(min_size=1, max_size=12)
events = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=2, unique=True)


@pytest.fixture
def plan():
    return plan_for("funnel")


def of(plan):
    return [action.name for action in plan.actions]


def test_an_action_is_added_at_the_end_or_before_another_and_the_plan_stays_as_it_was(plan):
    before = plan.hash
    more = plan.with_action("newsletter", event="sign_up", kind="secondary")
    assert of(more) == [*of(plan), "newsletter"]
    assert more.actions[-1].event == ("sign_up",)
    assert of(plan.with_action("search", before="view_item", event="search"))[0] == "search"
    assert plan.hash == before != more.hash


def test_an_action_that_is_taken_out_again_leaves_the_plan_that_was(plan):
    there_and_back = plan.with_action("search", event="search").without_action("search")
    assert there_and_back == plan
    assert there_and_back.hash == plan.hash


def test_an_action_that_is_taken_out_is_named_nowhere_else():
    given = plan_for("funnel").to_dict()
    given["weights"]["primary"] = ["add_to_cart", "begin_checkout"]
    less = Plan.from_dict(given).without_action("add_to_cart")
    assert "add_to_cart" not in less.to_yaml()
    assert less.weights.primary == ("begin_checkout",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.with_action("wishlist", event="w"), "'wishlist' as the name of more than one"),
        (lambda p: p.with_action("x", event="x", kid="secondary"), "'actions.6..kid'.*'kind'"),
        (lambda p: p.with_action("x"), "no event, so nothing could be an occurrence"),
        (lambda p: p.with_action("x", event="x", at_least=3), "at_least and no within"),
        (lambda p: p.with_action("x", event="x", before="cart"), "before: got 'cart'.*nearest"),
        (lambda p: p.without_action("wishlits"), "none of the 6 actions.*nearest: 'wishlist'"),
        (lambda p: p.without_action(None), "none of the 6 actions"),
    ],
)
def test_what_yaml_would_refuse_is_refused_with_the_same_words(plan, change, message):
    with pytest.raises(PlanError, match=f"(?s){message}"):
        change(plan)


def test_the_last_action_cannot_be_taken_out():
    plan = Plan.from_dict(
        {"macro": {"event": "buy"}, "horizon": "1d", "actions": [{"name": "a", "event": "a"}]}
    )
    with pytest.raises(PlanError, match="Got 0 actions; a plan holds 1 to 30"):
        plan.without_action("a")


@pytest.mark.parametrize("shop", sorted(SHOPS))
def test_a_saved_plan_is_loaded_as_it_was(tmp_path, shop):
    plan = plan_for(shop)
    plan.save(tmp_path / "plan.yaml")
    again = Plan.load(tmp_path / "plan.yaml")
    assert again == plan
    assert again.hash == plan.hash
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]


@settings(max_examples=12)
@given(name=names, event=events, where=st.sampled_from([None, "a LIKE ': #%'", "b = 'no'"]))
def test_any_plan_that_is_accepted_is_the_same_after_its_file(tmp_path_factory, name, event, where):
    rule = {"event": event, "label": "yes"} | ({"where": where} if where else {})
    try:
        plan = plan_for("letters").with_action(name, **rule)
    except PlanError:
        return
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    plan.save(path)
    assert Plan.load(path) == plan
    assert Plan.load(path).hash == plan.hash


def test_a_plan_that_cannot_be_written_leaves_what_was_there(plan, tmp_path):
    with pytest.raises(PlanError, match=r"cannot be written.*Nothing was changed"):
        plan.save(tmp_path / "none" / "plan.yaml")
    (tmp_path / "plan.yaml").mkdir()
    with pytest.raises(PlanError, match="cannot be written"):
        plan.save(tmp_path / "plan.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]


def test_a_plan_shows_itself_with_what_is_foreign_escaped_and_what_comes_next():
    plan = plan_for("channels").with_action("<b>", event="<script>" * 500, where="a = '\u202e'")
    for text in (repr(plan), plan._repr_html_()):
        assert "read_events" in text
        assert "\u202e" not in text
        assert len(text) < 6_000
    assert "<script>" not in plan._repr_html_()
    assert "&lt;b&gt;" in plan._repr_html_()
