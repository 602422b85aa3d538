"""Backtests and shortlists of logs that nobody made for us: they run, and say what came out."""

from pathlib import Path

import pytest

import microlift as ml

pytestmark = pytest.mark.real

PLANS = Path(__file__).parent / "plans"
LOGS = ("retentioneering_ecom", "google_merch_events", "bpi2012_loan")


@pytest.mark.parametrize("name", LOGS)
def test_the_backtest_of_a_real_log_runs_and_is_printed_good_or_bad(
    shared_data: Path, name: str
) -> None:
    with ml.read_events(
        shared_data / f"{name}.parquet", ml.Plan.load(PLANS / f"{name}.yaml")
    ) as log:
        found = ml.backtest(log)
    frame = found.to_frame()
    assert frame["method"].nunique() == 10
    assert (frame["booked"] >= 0).all()
    # None of them has segments that differ enough for a gain to be claimed.
    mine = frame[frame["method"] == "weights"]
    assert not (mine["gain_low"] > 1).any()
    assert (
        "cannot be told" in found.finding
        or "open" in found.finding
        or "no segments" in found.finding
    )


def test_after_christmas_a_souvenir_shop_sells_less_than_any_method_foretells(
    shared_data: Path,
) -> None:
    plan = ml.Plan.load(PLANS / "google_merch_events.yaml")
    with ml.read_events(shared_data / "google_merch_events.parquet", plan) as log:
        found = ml.backtest(log)
    frame = found.to_frame().query("attribute == 'device'").set_index("method")
    assert frame.loc["equal weights", "total_ratio"] > 2
    assert any("withheld" in note for note in found.notes)
