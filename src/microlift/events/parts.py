"""Parts of a log: whole buckets of users, where what is made of all of them would not fit.

Events lie in the order of their users, and users in that of their digests, of which the bucket is
the beginning. So a part is a range of buckets, and the engine passes over the blocks of the log
that hold none of them: a part costs what it holds, and not another reading of the whole log.
"""

from typing import TypeVar

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from microlift.events.normalise import BUCKETS

B = TypeVar("B", int, npt.NDArray[np.int64])


def parts_for(size: int, a_part: int) -> int:
    """In how many parts something of `size` is taken, of which `a_part` fit at a time.

    Examples
    --------
    >>> parts_for(0, 10), parts_for(25, 10), parts_for(10**6, 10)
    (1, 3, 128)
    """
    return min(BUCKETS, max(1, -(-size // a_part)))


def in_part(table: ir.Table, part: int, parts: int) -> ir.Table:
    """Rows of a table with ``bucket`` that belong to one of `parts`.

    Examples
    --------
    >>> import ibis
    >>> users = ibis.memtable({"bucket": [0, 63, 64, 127]})
    >>> [in_part(users, part, 2).bucket.to_list() for part in range(2)]
    [[0, 63], [64, 127]]
    """
    if parts == 1:
        return table
    first, end = BUCKETS * part // parts, BUCKETS * (part + 1) // parts
    return table.filter(table.bucket >= first, table.bucket < end)


def part_of(bucket: B, parts: int) -> B:
    """To which of `parts` a bucket belongs.

    Examples
    --------
    >>> part_of(63, 2), part_of(64, 2), part_of(np.array([0, 127]), 3)
    (0, 1, array([0, 2]))
    """
    return ((bucket + 1) * parts - 1) // BUCKETS
