"""Shops whose truth is known: the association is wrong, and the lift is not."""

from collections.abc import Callable

import pytest

from microlift.models import LiftModel


def test_where_channels_differ_lift_is_right_about_what_association_gets_wrong(
    fitted: Callable[..., LiftModel],
) -> None:
    lift = fitted("channels", 30_000, 1).lift_.to_frame().set_index("action")
    video, chat = lift.loc["video"], lift.loc["chat"]
    assert video["association_low"] > 2, "the naive figure is meant to be wrong: truth is 1"
    assert chat["association_low"] > 1, "the naive figure is meant to be wrong: truth is 0.73"
    assert video["lift_low"] < 1 < video["lift_high"]
    assert video["verdict"] == "no evidence"
    assert chat["lift_high"] < 1
    assert chat["verdict"] == "lowers"
    assert chat["lift_low"] < 0.73 < chat["lift_high"]
    assert chat["incremental_high"] < 0
    assert lift.loc["add_to_cart", "verdict"] == "raises"


@pytest.mark.slow
def test_by_the_clock_lift_is_right_about_the_sign_that_association_gets_wrong(
    fitted: Callable[..., LiftModel],
) -> None:
    lift = fitted("letters", 4_000, 1, 2, 1).lift_.to_frame().set_index("action")
    reminder = lift.loc["reminder"]
    assert reminder["association_high"] < 1, "the naive figure is meant to be wrong"
    assert reminder["lift_low"] > 1
    assert (reminder["verdict"], reminder["note"]) == ("raises", "")


def test_intervals_q_values_and_verdicts_agree(fitted: Callable[..., LiftModel]) -> None:
    lift = fitted("channels", 30_000, 1).lift_.to_frame()
    for quantity in ("association", "lift"):
        assert (lift[f"{quantity}_low"] < lift[quantity]).all()
        assert (lift[quantity] < lift[f"{quantity}_high"]).all()
    excludes = (lift["lift_low"] > 1) | (lift["lift_high"] < 1)
    decided = lift["verdict"].isin(["raises", "lowers"])
    assert (decided == (excludes & (lift["q_value"] < 0.05))).all()
    assert ((lift["incremental_probability"] > 0) == (lift["lift"] > 1)).all()
