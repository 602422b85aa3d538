"""Neighbours read off arrays are those of windows, whatever the rows."""

from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from microlift.events import arrays as lent
from microlift.events.engine import close, connect
from microlift.moments.beside import by_arrays, by_windows

ACTIONS, BACKS = 30, (1, 2, 4)
BIT = st.sampled_from([0, 1, 2, 1 << 29, (1 << 30) - 1, 1 << 30, (1 << 30) + 1])
LOG = st.lists(
    st.lists(st.tuples(st.integers(0, 3), BIT, st.integers(0, 1 << 56)), min_size=1, max_size=7),
    max_size=40,
)


@pytest.fixture(scope="module")
def engine() -> Any:
    con = connect([], threads=2)
    yield con
    close(con)


def both(con: Backend, users: list[list[tuple[int, int, int]]]) -> list[list[dict[str, Any]]]:
    """Rows of users (later by, bits, mark), looked at in both ways."""
    told: dict[str, list[int]] = {name: [] for name in ("user", "seq", "t", "bits", "mark")}
    for user, rows in enumerate(users):
        t = -5  # before 1970 too
        for seq, (later, bits, mark) in enumerate(rows):
            t += later
            for name, value in zip(told, (user * 3, seq, t, bits, mark), strict=True):
                told[name].append(value)
    schema = ibis.schema(dict.fromkeys(told, "int64"))
    rows = con.create_table("rows", ibis.memtable(told, schema=schema), temp=True, overwrite=True)
    arrays = [pa.table(each) for each in by_arrays(con, rows, ACTIONS, BACKS)]
    tables = con.to_pyarrow(by_windows(rows, ACTIONS, BACKS)), pa.concat_tables(arrays)
    names = sorted(tables[0].column_names)
    return [sorted(table.select(names).to_pylist(), key=str) for table in tables]


@given(users=LOG)
@settings(max_examples=5, deadline=None)
def test_arrays_tell_what_windows_tell(engine: Backend, users: Any) -> None:
    windows, arrays = both(engine, users)
    assert windows == arrays


def test_users_cut_by_batches_are_told_as_whole_ones(
    engine: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lent, "ROWS_AT_ONCE", 2_048)
    large = [(1, [0, 1, 2, 1 << 30][number % 997 % 4], number) for number in range(7_000)]
    small = [(1, 1, 1), (0, 2, 2)]
    windows, arrays = both(engine, [small, large, small, small[:1]])
    assert len(arrays) == 7_005
    assert windows == arrays
