"""Parts of a log: each bucket is in one part, and both ways to tell it agree."""

import ibis
import numpy as np
import pandas as pd

from microlift.events.normalise import BUCKETS
from microlift.events.parts import in_parts, part_of, parts_for


def test_every_bucket_is_in_the_one_part_that_it_is_told_to_be_in():
    buckets = np.arange(BUCKETS, dtype=np.int8)  # as narrow as cells keep them
    users = ibis.memtable(pd.DataFrame({"bucket": buckets}))
    for parts in (1, 3, 41):
        place = part_of(buckets, parts)
        found = [each.to_pyarrow()["bucket"].to_pylist() for each in in_parts(users, parts)]
        assert [sorted(each) for each in found] == [
            np.flatnonzero(place == part).tolist() for part in range(parts)
        ]


def test_there_are_no_more_parts_than_buckets_and_never_none():
    assert [parts_for(size, 10) for size in (0, 1, 10, 11, 10**9)] == [1, 1, 1, 2, BUCKETS]
