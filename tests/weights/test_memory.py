"""Steps and holds have a memory: no way around them by zero, another mode, a rollback or a date."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.plan import Plan
from microlift.weights import Seen, WeightsFile, Window, guarded
from microlift.weights.guards import withheld

Make = Callable[..., WeightsFile]
LAST = datetime(2026, 8, 1, 6, 30, tzinfo=UTC)
CART = {"name": "add_to_cart", "weight": 3.0}
CHECKOUT = {"name": "begin_checkout", "weight": 5.0, "occurrences": 400}
NO_CART = CART | {"weight": 0.0, "verdict": "no evidence"}


def plan(mode: str | None = None, **guards: Any) -> Plan:
    actions = [{"name": name, "event": name} for name in ("add_to_cart", "begin_checkout")]
    given = {"macro": {"event": "purchase"}, "horizon": "14d", "actions": actions}
    weights = {"mode": mode} if mode else {}
    return Plan.from_dict(given | {"weights": weights, "guards": {"hold": "off"} | guards})


def week(number: int, days: float = 90) -> dict[str, Any]:
    last = LAST + timedelta(weeks=number)
    window = Window(first=last - timedelta(days=days), last=last)
    return {"data_window": window, "created_at": last}


def macro_alone(make: Make, value: float = 50.0, **given: Any) -> WeightsFile:
    macro = make().macro.model_copy(update={"primary": True, "value": value})
    more = {"mode": "macro", "macro": macro, "macro_weight": value, "booked_target": 100 * value}
    return make(NO_CART, CHECKOUT | {"weight": 0.0}, **(more | given))


def beside(make: Make, macro_weight: float, **given: Any) -> WeightsFile:
    macro = make().macro.model_copy(update={"primary": True})
    more = {"mode": "macro and micro", "macro": macro, "macro_weight": macro_weight}
    total = 1_000 * 1.0 + 400 * 2.0 + 100 * macro_weight
    cart, checkout = CART | {"weight": 1.0}, CHECKOUT | {"weight": 2.0}
    return make(cart, checkout, booked_target=total, **(more | given))


def weights_of(content: WeightsFile) -> list[float]:
    return [action.weight for action in content.actions]


def test_an_action_that_was_out_for_a_version_returns_within_a_step(weights_file: Make) -> None:
    first = guarded(weights_file(CART, CHECKOUT), plan(), Seen())
    out = guarded(weights_file(NO_CART, CHECKOUT, **week(1)), plan(), Seen(first))
    assert weights_of(out) == [0.0, 5.0]
    back = guarded(weights_file(CART | {"weight": 12.0}, CHECKOUT, **week(2)), plan(), Seen(out))
    assert weights_of(back) == pytest.approx([3.6, 6.0])
    lower = weights_file(CART | {"weight": 0.5}, CHECKOUT, **week(2))
    assert weights_of(guarded(lower, plan(), Seen(out))) == [0.5, 5.0]  # nothing forces it up


def known(weights_file: Make, versions: list[dict[str, Any]]) -> WeightsFile:
    """Publish the first action of each version, one a week, and give the last."""
    seen = Seen()
    for number, first in enumerate(versions):
        made = weights_file(CART | first, CHECKOUT, **week(number))
        seen = Seen(guarded(made, plan(), seen))
    assert seen.previous is not None
    return seen.previous


OUT = {"weight": 0.0, "verdict": "no evidence"}
RULE, OTHER = {"rule": "a" * 12, "events": ()}, {"rule": "b" * 12, "events": ()}
CALLED = {"name": "basket"}
RENAMED = [
    # what it was, and then; the weight in the end of one that wants 12 and had 3
    ([RULE, RULE | OUT, RULE | CALLED | OUT, RULE | CALLED | {"weight": 12.0}], 3.6),
    ([RULE, RULE | OUT, RULE | CALLED | {"weight": 12.0}], 3.6),
    ([RULE, RULE | CALLED | {"weight": 12.0}], 3.6),
    ([{}, OUT, CALLED | OUT | {"events": ("add_to_cart",)}, CALLED | {"weight": 12.0}], 3.6),
    ([RULE, RULE | OUT, OTHER | CALLED | {"weight": 12.0}], 12.0),  # another action
    ([RULE, OTHER | {"weight": 12.0}], 3.6),  # the name is what the platform knows
]


@pytest.mark.parametrize(("versions", "weight"), RENAMED)
def test_a_new_name_is_no_new_start(
    weights_file: Make, versions: list[dict[str, Any]], weight: float
) -> None:
    assert known(weights_file, versions).actions[0].weight == pytest.approx(weight)


def test_an_action_that_went_and_came_under_another_name_is_remembered(weights_file: Make) -> None:
    first = guarded(weights_file(CART | RULE, CHECKOUT), plan(), Seen())
    gone = guarded(weights_file(CHECKOUT, **week(1)), plan(), Seen(first))
    back = weights_file(CART | RULE | CALLED | {"weight": 12.0}, CHECKOUT, **week(2))
    assert guarded(back, plan(), Seen(gone)).actions[0].weight == pytest.approx(3.6)


def test_what_is_counted_in_another_way_is_priced_anew(weights_file: Make) -> None:
    every = {"count": "every", "weight": 0.5, "occurrences": 6_000}
    made = known(weights_file, [{}, every])
    assert made.actions[0].weight == 0.5  # a step of 20 % would book five times the revenue
    assert {each.weight for each in made.memory if each.action == "add_to_cart"} == {0.5}


def test_what_was_is_forgotten_with_the_data_it_was_made_from(weights_file: Make) -> None:
    first = guarded(weights_file(CART, CHECKOUT), plan(), Seen())
    out = guarded(weights_file(NO_CART, CHECKOUT, **week(1)), plan(), Seen(first))
    back = weights_file(CART | {"weight": 12.0}, CHECKOUT, **week(13))
    assert guarded(back, plan(), Seen(out)).actions[0].weight == 12.0


def test_a_change_of_mode_and_back_is_no_way_around_the_step_limit(weights_file: Make) -> None:
    first = guarded(weights_file(CART, CHECKOUT), plan(), Seen())
    other = guarded(macro_alone(weights_file, **week(1)), plan("macro"), Seen(first))
    assert other.macro_weight == 50.0
    dear = weights_file(CART | {"weight": 9.0}, CHECKOUT | {"weight": 4.0}, **week(2))
    assert weights_of(guarded(dear, plan(), Seen(other))) == pytest.approx([3.6, 4.0])
    both = guarded(beside(weights_file, 20.0, **week(2)), plan(), Seen(other))
    assert both.macro_weight == pytest.approx(40.0)  # from its order value, a step at a time
    micro = guarded(weights_file(CART, CHECKOUT, **week(3)), plan(), Seen(both))
    again = guarded(beside(weights_file, 70.0, **week(4)), plan(), Seen(micro))
    assert again.macro_weight == pytest.approx(48.0)


def test_one_stage_starts_anew_only_once(weights_file: Make) -> None:
    stage = plan("one stage")
    alone = CHECKOUT | {"weight": 12.5}
    first = guarded(weights_file(CART, CHECKOUT), plan(), Seen())
    one = guarded(weights_file(NO_CART, alone, mode="one stage", **week(1)), stage, Seen(first))
    assert weights_of(one) == [0.0, 12.5]  # the others' value goes to it
    dearer = weights_file(NO_CART, alone | {"weight": 40.0}, mode="one stage", **week(2))
    assert weights_of(guarded(dearer, stage, Seen(one))) == [0.0, 15.0]
    micro = guarded(weights_file(CART, CHECKOUT, **week(2)), plan(), Seen(one))
    assert weights_of(micro)[1] == 10.0
    back = guarded(
        weights_file(*dearer_stage(alone), mode="one stage", **week(3)), stage, Seen(micro)
    )
    assert weights_of(back) == [0.0, 15.0]


def dearer_stage(alone: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return NO_CART, alone | {"weight": 16.0}


def test_an_action_that_leaves_takes_not_most_of_what_is_booked_with_it(weights_file: Make) -> None:
    small = CHECKOUT | {"weight": 1.0}
    first = guarded(weights_file(CART, small), plan(), Seen())
    left = weights_file(NO_CART, CHECKOUT | {"weight": 8.5}, **week(1))
    after = guarded(left, plan(), Seen(first))
    assert "86% of the revenue would be unbooked" in withheld(after)[0]
    gone = guarded(weights_file(CHECKOUT | {"weight": 8.5}, **week(1)), plan(), Seen(first))
    assert "86% of the revenue would be unbooked" in withheld(gone)[0]
    # A weight that is on its way is better than where it was.
    dear = weights_file(CART | {"weight": 12.0}, CHECKOUT | {"weight": 4.0}, **week(1))
    assert withheld(guarded(dear, plan(), Seen(first))) == ()


@pytest.mark.parametrize(("value", "expected"), [(5_000.0, True), (0.5, True), (90.0, False)])
def test_another_unit_of_money_is_withheld(
    weights_file: Make, value: float, expected: bool
) -> None:
    for made in (macro_alone(weights_file), weights_file(CART)):
        first = guarded(made, plan(made.mode), Seen())
        macro = made.macro.model_copy(update={"value": value})
        other = made.model_copy(update={"macro": macro} | week(1))
        reasons = withheld(guarded(other, plan(made.mode), Seen(first)))
        assert any("another unit, another macro" in reason for reason in reasons) == expected
        accepted = plan(made.mode, largest_value_change=200.0)
        assert withheld(guarded(other, accepted, Seen(first))) == ()


def test_a_hundredfold_is_no_new_start(weights_file: Make) -> None:
    seen = Seen(guarded(weights_file(CART, CHECKOUT), plan(), Seen()))
    cents = weights_file(CART | {"weight": 301.0}, CHECKOUT | {"weight": 500.0}, **week(1))
    assert weights_of(guarded(cents, plan(), seen)) == pytest.approx([3.6, 6.0])


def test_a_rollback_is_a_change_that_is_learned_too(weights_file: Make) -> None:
    first = guarded(weights_file(CART), plan(), Seen())
    dearer = weights_file(CART | {"weight": 3.3}, **week(3))
    hold = plan(hold="10d")
    assert withheld(guarded(dearer, hold, Seen(first))) == ()
    back = Seen(first, rolled_back=dearer.created_at - timedelta(days=2))
    assert "only 2.0 days of new data" in withheld(guarded(dearer, hold, back))[0]


def test_a_date_of_the_future_holds_nothing_for_ever(weights_file: Make) -> None:
    ahead = week(0) | {"data_window": Window(first=LAST, last=LAST + timedelta(days=3_500))}
    first = guarded(weights_file(CART, **ahead), plan(), Seen())
    next_one = weights_file(CART | {"weight": 3.3}, **week(2))
    lax = plan(hold="10d", older_data="accept", shortest_window=0.0)
    assert withheld(guarded(next_one, lax, Seen(first))) == ()
    reasons = withheld(guarded(next_one, plan(), Seen(first)))
    assert "roll back to the one before" in reasons[0]
    fresh = guarded(weights_file(CART, **ahead), plan(freshest="3d"), Seen())
    assert "3,500 days after this run" in withheld(fresh)[0]


def test_weights_do_not_end_before_their_change_has_been_learned(weights_file: Make) -> None:
    plain = guarded(weights_file(CART), plan(hold="auto"), Seen(cycle=timedelta(days=1)))
    assert plain.valid_until == weights_file().valid_until
    slow = guarded(weights_file(CART), plan(hold="auto"), Seen(cycle=timedelta(days=20)))
    assert slow.valid_until == (LAST + timedelta(days=67)).date()
    rare = CART | {"occurrences": 1}
    never = guarded(weights_file(rare, macros=1), plan(hold="auto", least_occurrences=0), Seen())
    assert never.valid_until == (LAST + timedelta(days=372)).date()


def test_small_steps_of_the_macro_add_up_too(weights_file: Make) -> None:
    published, value = guarded(beside(weights_file, 20.0), plan(hold="10w"), Seen()), 20.0
    changed = []
    for number in range(1, 5):
        value *= 1.006
        after = guarded(
            beside(weights_file, value, **week(number)), plan(hold="10w"), Seen(published)
        )
        changed.append(bool(withheld(after)))
        published = published if changed[-1] else after
    assert changed == [False, True, True, True]


MODES = st.sampled_from(["micro", "one stage", "macro and micro", "macro"])
VALUE = st.one_of(st.just(0.0), st.floats(0.05, 1e3))


@settings(max_examples=150)
@given(st.lists(st.tuples(MODES, VALUE, VALUE, VALUE), min_size=2, max_size=6))
def test_through_all_modes_no_weight_leaps_from_what_it_was_there(
    weights_file: Make, drawn: list[tuple[str, float, float, float]]
) -> None:
    published: WeightsFile | None = None
    booked: dict[tuple[str, str], float] = {}
    for number, (mode, cart, checkout, of_macro) in enumerate(drawn):
        primary = mode in ("macro and micro", "macro")
        weights = {"micro": (cart, checkout), "one stage": (0.0, checkout), "macro": (0.0, 0.0)}
        one, two = weights.get(mode, (cart, checkout))
        macro = weights_file().macro.model_copy(update={"primary": primary})
        sent = {"macro and micro": of_macro, "macro": 50.0}.get(mode, 0.0)
        made = weights_file(
            CART | {"weight": one}, CHECKOUT | {"weight": two}, macro=macro, mode=mode,
            macro_weight=sent, booked_target=1_000 * one + 400 * two + 100 * sent, **week(number),
        )  # fmt: skip
        accepted = plan(mode, unproven="accept", largest_share=1.0, largest_gap=1.0)
        after = guarded(made, accepted, Seen(published))
        assert guarded(made, accepted, Seen(published)) == after
        if withheld(after):
            continue
        found = {"cart": weights_of(after)[0], "checkout": weights_of(after)[1]}
        found |= {"macro": after.macro_weight} if mode == "macro and micro" else {}
        for name, weight in found.items():
            assert weight >= 0
            if weight > 0.01 and (mode, name) in booked:
                assert weight <= booked[mode, name] * 1.2 * (1 + 1e-9)
            if weight > 0.01:
                booked[mode, name] = weight
        published = after
