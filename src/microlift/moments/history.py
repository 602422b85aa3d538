"""What a user has done before, as one integer of bits: the one expression that hangs on an engine.

A running OR of bits is one window where the engine knows it. Where it does not, each bit is a
running maximum of its own: the same integers, at a window for each action.
"""

from typing import TypeGuard

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend


def is_embedded(con: BaseBackend) -> TypeGuard[Backend]:
    """Whether an engine is the embedded one, for which there are quicker ways to the same."""
    return isinstance(con, Backend)


def done_before(bits: ir.IntegerValue, count: int, *, running_or: bool) -> ir.IntegerValue:
    """Bits that any earlier row of the user has; 0 where there is none.

    Parameters
    ----------
    bits
        A column of a table with ``user`` and ``seq``, never null.
    count
        How many bits there are, from the lowest on.
    running_or
        Whether the engine knows a running OR; the embedded one does.

    Examples
    --------
    >>> rows = ibis.memtable({"user": [1, 1, 1], "seq": [0, 1, 2], "bits": [2, 1, 4]})
    >>> both = [done_before(rows.bits, 3, running_or=known) for known in (True, False)]
    >>> rows.order_by("seq").select(fast=both[0], portable=both[1]).to_pyarrow().to_pydict()
    {'fast': [0, 2, 3], 'portable': [0, 2, 3]}
    """
    before = ibis.window(group_by="user", order_by="seq", preceding=(None, 1))
    if running_or:
        return bits.bit_or().over(before).coalesce(0)
    done: ir.IntegerValue = ibis.literal(0, "int64")
    for bit in range(count):
        own = ((bits & (1 << bit)) != 0).ifelse(1 << bit, 0).cast("int64")
        done = done + own.max().over(before).coalesce(0)
    return done
