"""The parts of a change add up to it, and each is what its cause alone would have done."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.history.book import Book
from microlift.history.diff import compare
from microlift.history.parts import NAMES, Parts, parts

sizes = st.floats(1e-6, 1e6)
anything = st.one_of(
    sizes, st.just(0.0), st.just(-0.5), st.none(), st.floats(), st.text(max_size=3)
)


def file(draw, numbers):
    action = st.fixed_dictionaries(
        {"name": st.sampled_from(["cart", "video", "<b>", "x" * 500])},
        optional={
            "weight": numbers, "credit": numbers, "lift": numbers, "occurrences": numbers,
            "primary": st.booleans(), "guards": st.lists(st.sampled_from(["step", "floor"])),
        },
    )  # fmt: skip
    known = st.fixed_dictionaries(
        {"actions": st.lists(action, max_size=4)},
        optional={
            "calibration_constant": numbers, "revenue": numbers, "macros": numbers,
            "macro_weight": numbers, "currency": st.sampled_from(["EUR", "EUR", "USD", None]),
            "plan_hash": st.text(max_size=2), "data_window": st.just({"first": "a"}),
        },
    )  # fmt: skip
    return draw(known)


@st.composite
def sound(draw):
    return file(draw, sizes)


@st.composite
def broken(draw):
    return file(draw, anything)


@settings(max_examples=20)
@given(sound(), sound())
def test_the_parts_add_up_to_the_change(old, new):
    before, after = Book.of(old), Book.of(new)
    for name in {*before.lines, *after.lines}:
        start, end = (book.lines[name].weight if name in book.lines else 0.0
                      for book in (before, after))  # fmt: skip
        start, end = (0.0 if math.isnan(w) else w for w in (start, end))
        found = parts(name, before, after)
        size = max([start, end, *(abs(getattr(found, part)) for part in NAMES)])
        assert found.sum() == pytest.approx(end - start, abs=1e-9 * size)


@settings(max_examples=10)
@given(st.one_of(sound(), broken()))
def test_what_is_compared_with_itself_has_not_moved(content):
    found = compare(content, content)
    assert found.empty
    assert found.to_dict()["actions"] == found.to_dict()["settings"] == []
    assert repr(found).startswith("Nothing moved")
    assert not any(fact.moved for fact in found.facts)


@settings(max_examples=10)
@given(broken(), broken())
def test_whatever_two_files_hold_the_change_is_told_or_said_to_be_unknown(old, new):
    found = compare(old, new)
    assert found.finding
    assert found.to_json()
    for row in found.to_frame().to_dict("records"):
        told = [row[part] for part in NAMES]
        if all(map(math.isfinite, told)):
            assert math.fsum(told) == row["change"]


@pytest.fixture
def moved(make):
    def go(first=None, second=None, **whole):
        start = [make.action("cart", 0.05, 1000, 1.5), make.action("video", 0.02, 4000, 1.3)]
        end = [start[0] | (first or {}), start[1] | (second or {})]
        old, new = Book.of(make.weights(*start)), Book.of(make.weights(*end, **whole))
        return dict(parts("cart", old, new).largest())

    return go


def test_a_dearer_macro_moves_all_weights_by_its_value_alone(moved):
    assert moved(revenue=60_000.0) == {"mean_value": pytest.approx(0.2 * 19.230769)}


def test_twice_the_log_moves_nothing(moved):
    assert moved({"occurrences": 2000}, {"occurrences": 8000}, macros=1000, revenue=1e5) == {}


def test_an_action_done_more_often_for_the_same_macros_moves_weights_by_counts(moved):
    assert list(moved({"occurrences": 2000})) == ["counts"]
    assert moved({"occurrences": 2000})["counts"] < 0


def test_credit_that_another_action_gains_is_taken_by_the_calibration(moved):
    assert list(moved(second={"credit": 0.04})) == ["calibration"]


def test_credit_at_the_same_lift_is_told_from_credit_through_the_lift(moved):
    assert next(iter(moved({"credit": 0.06}))) == "credit"
    # 1 - 1/lift goes from 1/3 to 1/2, and the credit with it
    through = moved({"credit": 0.075, "lift": 2.0})
    assert "credit" not in through
    assert through["lift"] > 0


CASES = [
    # before, after, what it is put down to
    ({"weight": 2.0, "primary": True}, None, Parts(primary=-2.0)),
    (None, {"weight": 2.0, "primary": True}, Parts(primary=2.0)),
    ({"weight": 2.0, "primary": True}, {"weight": 0.0, "primary": False}, Parts(primary=-2.0)),
    (
        {"weight": 2.0, "primary": True, "credit": 0.1},
        {"weight": 0.0, "primary": True, "credit": 0.1, "guards": ["floor"]},
        Parts(guards=-2.0),
    ),
    (
        {"weight": 2.0, "primary": True, "credit": 0.1},
        {"weight": 0.0, "primary": True, "credit": -0.1},
        Parts(credit=-2.0),
    ),
    ({"weight": 2.0, "primary": True}, {"weight": 3.0, "primary": True}, Parts(other=1.0)),
    ({"weight": 2.0, "primary": True}, {"weight": 2.0, "primary": True}, Parts()),
]


@pytest.mark.parametrize(("before", "after", "found"), CASES)
def test_from_or_to_nothing_a_change_has_one_cause(before, after, found):
    old, new = (
        Book.of({"actions": [row | {"name": "cart"}] if row else []}) for row in (before, after)
    )
    assert parts("cart", old, new) == found


@pytest.mark.parametrize("guarded", ["cart", None])
def test_what_a_guard_takes_is_put_down_to_it(make, guarded):
    old = make.weights()
    new = make.weights(revenue=100_000.0)  # twice the value
    row = new["actions"][0]
    row |= {"weight": 1.2 * old["actions"][0]["weight"]}
    new["guards"] = [{"rule": "step limit", "state": "changed", "action": guarded}]
    found = parts("cart", Book.of(old), Book.of(new))
    assert [part for part, _ in found.largest()] == ["mean_value", "guards"]
    assert found.guards < 0
    assert found.sum() == pytest.approx(0.2 * old["actions"][0]["weight"])
