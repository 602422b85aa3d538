"""Cells are looked at a block at a time: how long a block is changes no estimate."""

from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.models.crossfit import sum_by
from microlift.models.states import distinct

Fitted = Callable[..., LiftModel]


def test_short_blocks_give_the_same_lift_ledger_and_calibration(fitted: Fitted) -> None:
    whole = fitted("channels", 3_000, 1, 2, 1)
    assert len(whole.states_.n) > 5_000
    with patch("microlift.models.crossfit.BLOCK", 777):
        parts = LiftModel(rotations=1).fit(whole.moments_)
        blocked, shown = Ledger.from_model(parts).frame, parts.calibration()
    np.testing.assert_array_equal(parts.states_.x, whole.states_.x)
    np.testing.assert_array_equal(parts.states_.state, whole.states_.state)
    near = {"rtol": 1e-9, "atol": 1e-9}
    for one, other in (
        (parts.lift_.to_frame(), whole.lift_.to_frame()),
        (blocked, Ledger.from_model(whole).frame),
        (shown, whole.calibration()),
    ):
        pd.testing.assert_frame_equal(one, other, **near)


def test_a_sum_holds_the_rows_of_every_block() -> None:
    kind, values = np.array([0, 2, 0, 1, 2], dtype=np.int32), np.arange(5, dtype=np.int32)
    with patch("microlift.models.crossfit.BLOCK", 2):
        assert sum_by(kind, values, 4).tolist() == [2.0, 3.0, 5.0, 0.0]


@pytest.mark.parametrize("wide", [1, 2**40])
def test_distinct_rows_are_numbered_in_order_with_their_first_places(wide: int) -> None:
    """Also where the columns need more than one number a row (`wide`)."""
    rng = np.random.default_rng(0)
    table = rng.integers(0, 4, (5_000, 4)).astype(np.int64)
    table[:, :2] *= wide
    _, first, number = np.unique(table, axis=0, return_index=True, return_inverse=True)
    at, of = distinct(list(table.T))
    np.testing.assert_array_equal(at, first)
    np.testing.assert_array_equal(of, number.ravel())
