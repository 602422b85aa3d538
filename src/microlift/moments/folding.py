"""Several small columns as one, and back: what is sorted costs by the column and by the byte."""

from collections.abc import Mapping

from microlift.moments.either import Column, Columns, to_type

_ROOM = 62  # bits of a number, and one to spare


def fold(columns: Columns, sizes: Mapping[str, int]) -> dict[str, Column]:
    """Put columns side by side into as few integers as hold them: `rest0`, `rest1`, ...

    Parameters
    ----------
    columns
        At least those named in `sizes`; never null, and 0 .. size - 1.
    sizes
        How many values each may have.

    Examples
    --------
    >>> import ibis
    >>> rows = ibis.memtable({"a": [1], "b": [6]})
    >>> sizes = {"a": 2, "b": 7}
    >>> folded = rows.select(**fold({"a": rows.a, "b": rows.b}, sizes))
    >>> folded.to_pyarrow().to_pydict()
    {'rest0': [13]}
    >>> folded.select(**unfold(folded, sizes)).to_pyarrow().to_pydict()
    {'a': [1], 'b': [6]}
    """
    folded: dict[str, Column] = {}
    for name, (key, shift, _) in _places(sizes).items():
        part = to_type(columns[name], "int64") * (1 << shift)
        folded[key] = folded[key] + part if key in folded else part
    return folded


def unfold(rows: Columns, sizes: Mapping[str, int]) -> dict[str, Column]:
    """Columns back from what `fold` made of them."""
    return {
        name: (rows[key] >> shift) & ((1 << bits) - 1)
        for name, (key, shift, bits) in _places(sizes).items()
    }


def _places(sizes: Mapping[str, int]) -> dict[str, tuple[str, int, int]]:
    """Of each column the integer that holds it, how far up it stands there, and its bits."""
    places, number, used = {}, 0, 0
    for name, size in sizes.items():
        bits = max(1, (size - 1).bit_length())
        if used + bits > _ROOM:
            number, used = number + 1, 0
        places[name] = f"rest{number}", used, bits
        used += bits
    return places
