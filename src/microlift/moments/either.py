"""Arithmetic written once, for columns of an engine and for arrays of their values.

Both know the same operators. What they write in different ways stands here.
"""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

# A column of an engine (also one of a table yet to be named), or an array: operators are the same,
# and no type says so.
Column = Any
Columns = ir.Table | Mapping[str, Column]


def cases(*branches: tuple[Column, Column | int], else_: Column | int) -> Column:
    """Take the value of the first condition that holds.

    Parameters
    ----------
    *branches
        Conditions, and the value of each; one at least.
    else_
        The value where none holds.

    Examples
    --------
    >>> a = np.array([1, 2, 3])
    >>> cases((a > 2, 30), (a > 1, 20), else_=a).tolist()
    [1, 20, 30]
    >>> rows = ibis.memtable({"a": a})
    >>> rows.select(a=cases((rows.a > 2, 30), (rows.a > 1, 20), else_=rows.a)).a.to_list()
    [1, 20, 30]
    """
    if not isinstance(branches[0][0], np.ndarray):
        return ibis.cases(*branches, else_=else_)
    found = else_
    for condition, value in reversed(branches):
        found = np.where(condition, value, found)
    return found


def to_type(column: Column, name: str) -> Column:
    """Convert a column to the type of this name, such as ``"int64"``.

    Examples
    --------
    >>> to_type(np.array([True, False]), "int8").tolist()
    [1, 0]
    """
    if isinstance(column, np.ndarray):
        return column.astype(name, copy=False)
    return column.cast(name)


def constant(value: int, beside: Column) -> Column:
    """Make a column of one integer, as long as the one beside it.

    Examples
    --------
    >>> constant(7, np.array([1, 2])).tolist()
    [7, 7]
    """
    if isinstance(beside, np.ndarray):
        return np.full(len(beside), value, dtype=np.int64)
    return ibis.literal(value, "int64")
