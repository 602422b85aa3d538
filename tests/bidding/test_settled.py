"""The mode of the last publication stays while chance alone could explain another."""

import pandas as pd
import pytest

from microlift.bidding import Readiness, Thresholds, settled_mode

CASES = [
    # macros with their range, the mode found, the published one, the mode to publish in
    (20, 12, 31, "one stage", None, "one stage"),
    (20, 12, 31, "one stage", "micro", "micro"),  # 12 would be micro
    (20, 12, 31, "one stage", "macro and micro", "macro and micro"),
    (20, 15, 27, "one stage", "micro", "one stage"),  # nothing in the range is micro
    (70, 55, 88, "macro", "macro and micro", "macro and micro"),
    (90, 72, 111, "macro", "macro and micro", "macro"),
    (90, 72, 111, "macro", "micro", "macro"),
    (45, 33, 60, "one stage", "one stage", "one stage"),
]


@pytest.mark.parametrize(("macros", "low", "high", "mode", "published", "chosen"), CASES)
def test_a_mode_changes_only_where_the_whole_range_of_macros_says_so(
    macros: int, low: int, high: int, mode: str, published: str | None, chosen: str
) -> None:
    row = {"macros": macros, "macros_low": low, "macros_high": high, "mode": mode, "stage": "cart"}
    ready = Readiness(
        frame=pd.DataFrame([row]),
        finding="",
        actions=pd.DataFrame(),
        notes=(),
        thresholds=Thresholds(),
        by=None,
        currency="USD",
    )
    assert settled_mode(ready, published) == (chosen, "cart")
