"""Simulated shops in which nothing is wrong: what is said of them is true, or is not said."""

import pytest

from microlift.events import read_events
from microlift.quality import check_log
from microlift.simulate import plan_for, simulate

# Judged by chance; the others by thresholds on shares.
STATISTICAL = {
    "outages",
    "tracking changes",
    "macro rate jumps",
    "action rate jumps",
    "time-zone jumps",
}


def looked_at(shop, users, seed, parquet_of):
    with read_events(parquet_of(simulate(shop, users, seed)), plan_for(shop)) as log:
        found = check_log(log)
    assert found.exit_code == 0
    return {one.name for one in found.findings if one.verdict == "look"}


@pytest.mark.parametrize("shop", ["plain", pytest.param("channels", marks=pytest.mark.slow)])
def test_a_simulated_shop_has_at_most_too_few_macros(shop, parquet_of):
    assert looked_at(shop, 4_000, 3, parquet_of) <= {"enough macros"}
    assert looked_at(shop, 12_000, 3, parquet_of) == set()


@pytest.mark.slow
def test_twenty_logs_give_at_most_one_false_alarm(parquet_of):
    shops = [(name, users) for name in ("plain", "channels") for users in (5_000, 20_000)]
    alarms = [
        alarm
        for name, users in shops
        for seed in range(5)
        for alarm in looked_at(name, users, seed, parquet_of)
        if alarm in STATISTICAL
    ]
    assert len(alarms) <= 1, alarms
