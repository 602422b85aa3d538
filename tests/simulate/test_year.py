"""Eight weeks of the simulated year: weights move within limits, bookings follow the revenue."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
STEP = 0.2


@pytest.fixture
def year(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark, on windows of six weeks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("year", BENCHMARKS / "year.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "year", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BEFORE", 6)
    monkeypatch.setattr(module, "WINDOW", pd.Timedelta(days=42))
    return module


@pytest.mark.slow
def test_weights_move_within_the_limit_and_bookings_follow_the_revenue(year: ModuleType) -> None:
    rows = pd.DataFrame(year.year(year.Setting(900, 1_200, "micro"), 1, 8))
    weights = rows.filter(like="weight ")
    both = (weights > 0) & (weights.shift() > 0)
    steps = (weights / weights.shift() - 1).abs().where(both)
    assert both.to_numpy().sum() >= 14, "weights were published week after week"
    assert steps.max().max() <= STEP + 1e-9
    assert (weights.to_numpy() >= 0).all()
    # One after another, as a platform books them: of clicks, and not of our occurrences.
    four = rows.loc[1:, ["booked", "revenue"]].rolling(4).sum().dropna()
    ratio = four["booked"] / four["revenue"]
    assert ratio.between(0.9, 1.1).all(), ratio.round(3).tolist()


@pytest.mark.slow
def test_the_macro_alone_is_bid_for_once_there_are_enough(year: ModuleType) -> None:
    rows = pd.DataFrame(year.year(year.Setting(70, 700, "auto"), 1, 8))
    modes = rows["mode"].tolist()
    assert modes[0] != "macro"
    assert modes[-1] == "macro"
    last = rows.iloc[-1]
    assert last["booked"] == pytest.approx(last["revenue"])
    assert not last.filter(like="weight ").any()
