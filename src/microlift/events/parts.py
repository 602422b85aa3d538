"""Parts of a log: whole buckets of users, where what is made of all of them would not fit.

A part is a range of buckets. A large log was ordered in stretches of users by the digest of the id,
of which the bucket is a piece: a stretch holds some neighbouring buckets, and the engine passes
over those without any of the part. Within a stretch users lie in their order.
"""

from collections.abc import Iterator

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from microlift.events.normalise import BUCKETS


def parts_for(size: int, a_part: int) -> int:
    """In how many parts something of `size` is taken, of which `a_part` fit at a time.

    Examples
    --------
    >>> parts_for(0, 10), parts_for(25, 10), parts_for(10**6, 10)
    (1, 3, 128)
    """
    return min(BUCKETS, max(1, -(-size // a_part)))


def in_parts(table: ir.Table, parts: int) -> Iterator[ir.Table]:
    """Rows of a table with ``bucket``, a part at a time: all of them, each once.

    Examples
    --------
    >>> import ibis
    >>> users = ibis.memtable({"bucket": [0, 63, 64, 127]})
    >>> [part.bucket.to_list() for part in in_parts(users, 2)]
    [[0, 63], [64, 127]]
    """
    if parts == 1:
        yield table
        return
    for part in range(parts):
        first, end = BUCKETS * part // parts, BUCKETS * (part + 1) // parts
        yield table.filter(table.bucket >= first, table.bucket < end)


def part_of(bucket: npt.NDArray[np.integer], parts: int) -> npt.NDArray[np.int64]:
    """To which of `parts` each bucket belongs.

    Examples
    --------
    >>> part_of(np.array([0, 63, 64, 127], dtype=np.int8), 2)
    array([0, 0, 1, 1])
    """
    return ((bucket.astype(np.int64) + 1) * parts - 1) // BUCKETS
