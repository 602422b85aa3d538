"""The state of a journey as small integers, and how a state is packed into a few 64-bit keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from microlift.moments.either import Column, to_type

HOUR = 3_600_000_000  # microseconds
DAY = 24 * HOUR
BUCKETS = 128
_KEY_LIMIT = 2**62

# What comes next when it is no action. Planned steps are numbered from FIRST_STEP on.
LEFT, BACK, OPEN, MACRO, MACRO_LATER, FIRST_STEP = range(6)

# How a moment was reached: the user's first, after quiet time, or by a planned action.
ARRIVED, WAITED, ACTED = range(3)


@dataclass(frozen=True)
class Field:
    """One integer column of a cell's key: its values are 0 .. size - 1."""

    name: str
    size: int


@dataclass(frozen=True)
class Scheme:
    """What a cell's key is made of.

    Attributes
    ----------
    steps
        The sets of planned actions that one event can stand for, as bit masks.
    features
        Fields of the state beside actions done: history and attributes.
    actions
        Number of actions in the plan.
    starts
        Whether the start of a session is a moment.
    """

    steps: tuple[int, ...]
    features: tuple[Field, ...]
    actions: int
    starts: bool

    @property
    def state(self) -> tuple[Field, ...]:
        """Fields of a state, and how it was reached."""
        masks = 1 << self.actions
        at = Field("at", len(self.steps) + 1), Field("arrive", 3)
        return (*at, *self.features, Field("fresh", masks), Field("done", masks))

    @property
    def key(self) -> tuple[Field, ...]:
        """Fields of a cell: its state, what comes next, the bucket of its users."""
        return (*self.state, Field("next", FIRST_STEP + len(self.steps)), Field("bucket", BUCKETS))


@dataclass(frozen=True)
class Binning:
    """Cut points of a duration: the bin of x is the number of edges that x has reached.

    Examples
    --------
    >>> Binning("tenure", (1, 10)).size
    3
    """

    name: str
    edges: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of bins."""
        return len(self.edges) + 1

    def of(self, value: Column) -> Column:
        """Bin of `value`, a column of an engine or an array."""
        code = to_type(value >= self.edges[0], "int8")
        for edge in self.edges[1:]:
            code = code + to_type(value >= edge, "int8")
        return to_type(code, "int8")


def pack(columns: Mapping[str, Column], fields: Sequence[Field]) -> dict[str, Column]:
    """Mixed-radix keys `key0`, `key1`, ... that hold all `fields` of `columns`.

    Grouping by one or two integers instead of a dozen columns is what makes the last step of the
    engine's work cheap. A field opens a new key where the product of sizes would pass 2**62.
    """
    keys: dict[str, Column] = {}
    for number, group in enumerate(_groups(fields)):
        key = columns[group[0].name]
        for field in group[1:]:
            key = key * field.size + columns[field.name]
        keys[f"key{number}"] = key
    return keys


def packed_key(table: ir.Table, scheme: Scheme) -> dict[str, ir.IntegerValue]:
    """Keys of the cells that moments belong to: worked out, or as they are kept with them."""
    kept = {name: table[name] for name in table.columns if name.startswith("key")}
    columns = {} if kept else {f.name: table[f.name].cast("int64") for f in scheme.key}
    return kept or pack(columns, scheme.key)


def unpack(
    keys: Sequence[npt.NDArray[np.int64]], fields: Sequence[Field]
) -> dict[str, npt.NDArray[np.int64]]:
    """Columns back from the keys of `pack`.

    Examples
    --------
    >>> unpack([np.array([7, 5])], [Field("a", 3), Field("b", 4)])
    {'a': array([1, 1]), 'b': array([3, 1])}
    """
    columns: dict[str, npt.NDArray[np.int64]] = {}
    for key, group in zip(keys, _groups(fields), strict=True):
        rest = key
        for field in reversed(group[1:]):
            above = rest // field.size  # the remainder by hand: numpy divides much faster than it
            rest, columns[field.name] = above, rest - above * field.size
        columns[group[0].name] = rest
    return {field.name: columns[field.name] for field in fields}


def _groups(fields: Sequence[Field]) -> list[list[Field]]:
    groups: list[list[Field]] = []
    product = _KEY_LIMIT
    for field in fields:
        if product * field.size >= _KEY_LIMIT:
            groups.append([])
            product = 1
        groups[-1].append(field)
        product *= field.size
    return groups
