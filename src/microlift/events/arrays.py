"""Rows between the engine and arrays: out of it in their order, and lent to it again.

What is asked of a row's neighbours is asked of arrays; see `microlift.events.neighbours`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.backends.duckdb import Backend

Rows = dict[str, npt.NDArray[Any]]  # columns of integers, or of numbers
Marks = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

ROWS_AT_ONCE = 250_000


def arrays_of(table: pa.Table) -> Rows:
    """Columns as arrays; without nulls, which would make integers numbers."""
    if any(column.null_count for column in table.columns):
        raise ValueError("A column of rows in order has nulls.")
    return {name: table[name].to_numpy() for name in table.column_names}


def whole_users(con: Backend, rows: ir.Table, count: int) -> Iterator[Rows]:
    """Rows as arrays, some at a time, so that all of a user are together.

    Little enough at once for arrays to lie near the processor, whatever the size of the log.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
        Which may do nothing else until the last rows are there: it would stop giving them.
    rows : ibis.Table
        Ordered by user, and within a user as they are wanted; without nulls.
    count : int
        How many there are.

    Yields
    ------
    dict of str to array
        At least once.

    Raises
    ------
    RuntimeError
        If other than `count` rows came.

    Examples
    --------
    >>> import ibis
    >>> con = ibis.duckdb.connect()
    >>> rows = ibis.memtable({"user": [1, 2, 1], "t": [5, 6, 7]}).order_by("user", "t")
    >>> [some["t"].tolist() for some in whole_users(con, rows, 3)]
    [[5, 7], [6]]
    """
    reader = con.to_pyarrow_batches(rows, chunk_size=ROWS_AT_ONCE)
    rest: list[pa.RecordBatch] = []
    came = 0
    for batch in reader:
        came += batch.num_rows
        rest += [batch] if batch.num_rows else []
        if not rest or rest[0]["user"][0] == rest[-1]["user"][-1]:
            continue  # all of one user, of whom more may come
        some = arrays_of(pa.Table.from_batches(rest))
        last = int(some["user"].searchsorted(some["user"][-1]))
        yield {name: column[:last] for name, column in some.items()}
        rest = pa.Table.from_batches(rest).slice(last).to_batches()
    if came != count:
        raise RuntimeError(f"The engine gave {came:,} of {count:,} rows: was it asked meanwhile?")
    yield arrays_of(pa.Table.from_batches(rest, reader.schema))


def lend(con: Backend, name: str, rows: Sequence[pa.Table]) -> ir.Table:
    """Let the engine read arrays where they lie, until `take_back`, or others of the name come.

    A table of Ibis that is made of arrays would stay as long as the engine.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    name : str
        Of ours.
    rows : sequence of pyarrow.Table
        Of the same columns; at least one.

    Examples
    --------
    >>> import ibis
    >>> con = ibis.duckdb.connect()
    >>> rows = lend(con, "lent", [pa.table({"user": [1]}), pa.table({"user": [2]})])
    >>> con.to_pyarrow(rows.user.sum()).as_py()
    3
    >>> take_back(con, "lent")
    >>> con.list_tables()
    []
    """
    con.con.register(name, pa.concat_tables(rows))
    return con.table(name)


def take_back(con: Backend, name: str) -> None:
    """Let go of what was lent; where nothing of that name was, do nothing."""
    con.con.unregister(name)
