"""Power of the checks: spoiled logs of several seeds, each of which has to fail.

The shares over many seeds, and the false alarms, are those of `benchmarks/checks.py`.
"""

from collections.abc import Callable

import pytest

from microlift import Check, calibration, confounder, heavy_users, leave_one_out, overlap, stability
from microlift.models import LiftModel
from microlift.simulate.spoiled import SPOILED

from .conftest import OpenModel


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "check", "users", "seeds"),
    [
        ("corners", overlap, 6_000, 5),
        ("twin", confounder, 8_000, 5),
        ("label", leave_one_out, 4_000, 2),
        ("robots", heavy_users, 3_000, 2),
        ("gone", stability, 8_000, 2),
        ("lost", calibration, 8_000, 2),
    ],
)
def test_a_spoiled_log_fails_whatever_its_seed(
    case: str, check: Callable[[LiftModel], Check], users: int, seeds: int, open_model: OpenModel
) -> None:
    spoiled = SPOILED[case]
    for seed in range(1, seeds + 1):
        with open_model(spoiled.make(users, seed), spoiled.plan()) as model:
            found = check(model)
        assert found.name == spoiled.check
        assert found.verdict is False, f"seed {seed}: {found.finding}"
        assert set(spoiled.actions) <= {*found.failed, *found.warned}, f"seed {seed}"
