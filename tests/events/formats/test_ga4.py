"""A GA4 export reads as its flat twin does, and every row that is left out is counted and said."""

import pytest

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments

ENCODINGS = ["json", "gzip", "wrapped_json", "parquet", "wrapped", "mixed"]


@pytest.fixture(scope="module")
def twin(shop, ga4_plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("twin") / "log.parquet"
    shop.flat.to_parquet(path)
    with read_events(path, ga4_plan(flat=True)) as log:
        yield log


def lift_csv(log):
    return LiftModel(folds=2, rotations=1).fit(moments(log)).lift_.to_csv()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_gives_the_events_of_the_flat_twin(encoding, write_ga4, ga4_plan, twin):
    with read_events(write_ga4(encoding), ga4_plan()) as log:
        assert log.facts.event_counts == twin.facts.event_counts
        assert log.facts.action_counts == twin.facts.action_counts
        assert log.facts.value == twin.facts.value
        assert log.facts.attributes == twin.facts.attributes
        assert log.facts.fingerprint == twin.facts.fingerprint


@pytest.mark.parametrize("encoding", ["gzip", "wrapped"])
def test_the_export_and_its_flat_twin_give_the_same_lift(encoding, write_ga4, ga4_plan, twin):
    with read_events(write_ga4(encoding), ga4_plan()) as log:
        found = lift_csv(log)
    assert found == lift_csv(twin)
    assert found.count("\n") > 3
