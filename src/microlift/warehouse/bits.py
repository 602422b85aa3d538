"""What not every engine can do in a window, in operations that every engine has.

Sets of actions: not every engine unites the bits of many rows (`bit_or`), and few do so in a
window. A bit is in the union where its maximum is 1, which each of them can tell. Aggregates of
chosen rows: not every engine can choose in a window, but all pass over null. Expressions of moments
and of rules are written with either, and are rewritten here.
"""

from functools import reduce
from operator import add
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

Known = dict[str, Any] | None


def portable(table: ir.Table, bits: int) -> ir.Table:
    """Rewrite an expression into operations that every engine has.

    Parameters
    ----------
    table : ibis.Table
    bits : int
        How many bits a set of actions has.

    Returns
    -------
    ibis.Table
        The same rows. Tables held in memory become constants of the query.

    Examples
    --------
    >>> log = ibis.table({"user": "string", "mask": "int64"}, name="log")
    >>> done = log.group_by("user").agg(done=log.mask.bit_or())
    >>> "bit_or" in ibis.to_sql(portable(done, 2), dialect="duckdb").lower()
    False
    """

    def in_windows(node: ops.Node, known: Known) -> ops.Node:
        node = node.__recreate__(known) if known else node
        if isinstance(node, ops.WindowFunction) and isinstance(node.func, ops.BitOr):
            return _union(node.func, bits, lambda one: _framed(node, one))
        if isinstance(node, ops.WindowFunction) and getattr(node.func, "where", None) is not None:
            return _framed(node, _of_chosen(node.func))
        if isinstance(node, ops.InMemoryTable):
            return _constants(node)
        return node

    def in_groups(node: ops.Node, known: Known) -> ops.Node:
        node = node.__recreate__(known) if known else node
        return _union(node, bits, lambda one: one) if isinstance(node, ops.BitOr) else node

    # The unions of windows first: what stands in a window has to stay one aggregate.
    found: ir.Table = table.op().replace(in_windows).replace(in_groups).to_expr()
    return found


def _framed(window: ops.WindowFunction, func: ops.Node) -> ops.Node:
    frame = dict(zip(window.__argnames__, window.__args__, strict=True))
    return ops.WindowFunction(**frame | {"func": func})


def _of_chosen(func: Any) -> ops.Node:
    """The same aggregate, which passes over null, of the rows that its condition chooses."""
    chosen, counts = func.where.to_expr(), isinstance(func, ops.CountStar)
    kept = chosen.ifelse(1 if counts else func.arg.to_expr(), ibis.null()).op()
    return ops.Count(kept) if counts else type(func)(kept)


def _union(union: ops.BitOr, bits: int, framed: Any) -> ops.Node:
    """Add up the bits that any row has; null where there is no row, as with `bit_or`."""
    mask = union.arg.to_expr()
    parts = []
    for bit in range(bits):
        # Null stays null: `&` keeps it.
        one = ((mask & (1 << bit)) != 0).ifelse(1 << bit, mask.isnull().ifelse(ibis.null(), 0))
        parts.append(framed(ops.Max(one.cast("int64"), union.where)).to_expr())
    return reduce(add, parts).op()


def _constants(table: ops.InMemoryTable) -> ops.Node:
    """The rows of a small table as a query of its own."""
    types = table.schema
    rows = table.data.to_pyarrow(types).to_pylist()
    selects = [
        ops.DummyTable(
            {name: ibis.literal(value, types[name]).op() for name, value in row.items()}
        ).to_expr()
        for row in rows
    ]
    return ibis.union(*selects).op() if len(selects) > 1 else selects[0].op()
