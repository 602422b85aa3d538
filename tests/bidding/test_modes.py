"""Which mode fits how many macros: a table at each threshold, and what moves it."""

import re

import pytest

from microlift.bidding.modes import (
    BOTH,
    MACRO,
    MICRO,
    ONE_STAGE,
    Situation,
    macros_for_macro_alone,
    mode_of,
    next_down,
    next_up,
)
from microlift.bidding.thresholds import Thresholds
from microlift.errors import InputError

PLAIN = Situation()
SLOW = Situation(slow=True)
SMALL = Situation(low_value=True)
T = Thresholds()


@pytest.mark.parametrize(
    ("macros", "plain", "small_orders", "late_macros"),
    [
        (0, MICRO, MICRO, MICRO),
        (14, MICRO, MICRO, MICRO),
        (15, ONE_STAGE, ONE_STAGE, ONE_STAGE),
        (29, ONE_STAGE, ONE_STAGE, ONE_STAGE),
        (30, BOTH, BOTH, ONE_STAGE),
        (49, BOTH, BOTH, ONE_STAGE),
        (50, BOTH, MACRO, ONE_STAGE),
        (59, BOTH, MACRO, ONE_STAGE),
        (60, MACRO, MACRO, MACRO),
        (9_000, MACRO, MACRO, MACRO),
    ],
)
def test_each_threshold_begins_its_mode_with_the_first_macro_that_reaches_it(
    macros: int, plain: str, small_orders: str, late_macros: str
) -> None:
    found = tuple(mode_of(macros, each, T) for each in (PLAIN, SMALL, SLOW))
    assert found == (plain, small_orders, late_macros)


@pytest.mark.parametrize("situation", [PLAIN, SMALL, SLOW])
def test_the_next_mode_is_the_first_other_one_above_and_the_last_one_below(
    situation: Situation,
) -> None:
    for macros in range(100):
        now, up = mode_of(macros, situation, T), next_up(macros, situation, T)
        down = next_down(macros, situation, T)
        above = [n for n in range(macros + 1, 200) if mode_of(n, situation, T) != now]
        below = [n for n in range(macros) if mode_of(n, situation, T) != now]
        assert up == ((mode_of(above[0], situation, T), above[0]) if above else None)
        assert down == ((mode_of(below[-1], situation, T), below[-1] + 1) if below else None)


def test_thresholds_are_the_callers_to_change() -> None:
    own = Thresholds(few=5, enough=10, good=20, alone=25)
    assert [mode_of(n, PLAIN, own) for n in (4, 5, 10, 25)] == [MICRO, ONE_STAGE, BOTH, MACRO]
    assert macros_for_macro_alone(SMALL, own) == 20


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"few": 40}, "got few 40, enough 30, good 50, alone 60"),
        ({"few": 0}, "Each mode needs at least as many"),
        ({"alone": 60.5}, "Give whole numbers above 0"),
        ({"enough": True}, "Give whole numbers"),
        ({"slow": float("nan")}, "got slow=nan"),
        ({"order_value": -1.0}, "got order_value=-1.0"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(given: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Thresholds(**given)  # type: ignore[arg-type]


def test_500_is_said_of_dollars_and_of_what_is_worth_about_one() -> None:
    assert T.low_value("USD") == T.low_value("EUR") == 500
    assert T.low_value("JPY") is None
    assert T.low_value(None) is None  # macros without a value
    assert Thresholds(order_value=70_000).low_value("JPY") == 70_000
