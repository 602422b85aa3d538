"""What a user has done before: the fast form and the portable one are the same integers."""

import ibis
import numpy as np
import pandas as pd
import pytest

from microlift.moments.history import done_before


@pytest.mark.parametrize("count", [1, 13, 31])
def test_both_forms_of_the_history_are_equal(count):
    draw = np.random.default_rng(count)
    users = np.sort(draw.integers(0, 60, 2_000))
    bits = draw.integers(0, 1 << count, 2_000) * (draw.random(2_000) < 0.5)
    frame = pd.DataFrame({"user": users, "seq": range(2_000), "bits": bits})
    rows = ibis.memtable(frame.sample(frac=1, random_state=0))
    forms = [done_before(rows.bits, count, running_or=known) for known in (True, False)]
    found = rows.select("seq", fast=forms[0], portable=forms[1]).to_pandas().sort_values("seq")
    said = frame["bits"].groupby(frame["user"])
    by_hand = said.transform(lambda own: np.r_[0, np.bitwise_or.accumulate(own.to_numpy())[:-1]])
    assert found["fast"].tolist() == found["portable"].tolist() == by_hand.tolist()
