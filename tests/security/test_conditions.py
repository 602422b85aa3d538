"""Conditions judged by another program: Python's own three-valued logic, row by row.

A condition is made as a tree, written down as text for microlift, and judged here as a tree: the
two share neither a parser nor an engine.
"""

import math
import operator
import re
from collections.abc import Iterator
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.where import columns_of, parse_where, to_ibis

Row = dict[str, Any]
Tree = tuple[Any, ...]

# What a text column is where a number is asked for.
NUMBERS = {
    "5": 5.0,
    "-2.5": -2.5,
    "1e2": 100.0,
    "abc": None,
    "": None,
    "nan": None,
    "inf": math.inf,
}
TYPES = {"n": pa.int64(), "x": pa.float64(), "s": pa.string(), "t": pa.string(), "b": pa.bool_()}
COMPARED = {
    "=": operator.eq, "==": operator.eq, "<>": operator.ne, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=6
) | st.sampled_from(
    [
        "it's",
        '"',
        "''",
        "%",
        "_",
        "a%b",
        "--",
        "/*",
        ";",
        "\\",
        "\\%",
        "🎉",
        "é",
        "NULL",
        "\n",
        "' OR 1=1",
    ]
)
whole = st.integers(-(2**40), 2**40) | st.integers(-3, 3)
floats = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.sampled_from([0.5, -2.5])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | whole,
            "x": st.none() | floats | st.sampled_from([math.nan, math.inf, -math.inf]),
            "s": st.none() | texts,
            "t": st.none() | st.sampled_from(sorted(NUMBERS)),
            "b": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)
marks = st.sampled_from(sorted(COMPARED))
negated = st.booleans()
numeric = st.sampled_from(["n", "x", "t"])
number = whole | floats.map(lambda value: float(f"{value:.6g}"))
patterns = st.lists(texts | st.sampled_from(["%", "_"]), max_size=4).map("".join)
leaves = st.one_of(
    st.tuples(st.just("compare"), marks, numeric, number, negated),
    st.tuples(st.just("compare"), marks, st.just("s"), texts, negated),
    st.tuples(st.just("columns"), marks, st.sampled_from(["n", "x"]), numeric),
    st.tuples(st.just("in"), numeric, st.lists(number, min_size=1, max_size=3), negated),
    st.tuples(st.just("in"), st.just("s"), st.lists(texts, min_size=1, max_size=3), negated),
    st.tuples(st.just("between"), numeric, number, number, negated),
    st.tuples(st.just("between"), st.just("s"), texts, texts, negated),
    st.tuples(st.just("like"), st.sampled_from("st"), patterns, negated),
    st.tuples(st.just("null"), st.sampled_from(sorted(TYPES)), negated),
    st.tuples(st.just("is"), st.booleans(), negated),
    st.tuples(st.just("truth")),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner), st.tuples(st.just("NOT"), inner)
    ),
    max_leaves=6,
)


def quoted(value: str | float) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def written(tree: Tree) -> str:
    """The text of a condition."""
    no = " NOT" if tree[-1] is True else ""
    match tree:
        case ("AND" | "OR" as word, left, right):
            return f"({written(left)} {word} {written(right)})"
        case ("NOT", inner):
            return f"NOT ({written(inner)})"
        case ("compare", mark, name, value, turned):
            return f"{quoted(value)} {mark} {name}" if turned else f"{name} {mark} {quoted(value)}"
        case ("columns", mark, left, right):
            return f'"{left}" {mark} {right}'
        case ("in", name, values, _):
            return f"{name}{no} IN ({', '.join(map(quoted, values))})"
        case ("between", name, low, high, _):
            return f"{name}{no} BETWEEN {quoted(low)} AND {quoted(high)}"
        case ("like", name, pattern, _):
            return f"{name}{no} LIKE {quoted(pattern)}"
        case ("null", name, _):
            return f"{name} IS{no} NULL"
        case ("is", truth, _):
            return f"b IS{no} {str(truth).upper()}"
    return "b"


def value_of(row: Row, name: str, like: Any) -> Any:
    """A value as what it is compared with; what is no number is unknown."""
    value = row[name]
    if name == "t" and value is not None and not isinstance(like, str):
        value = NUMBERS[value]
    return None if isinstance(value, float) and math.isnan(value) else value


def judged(tree: Tree, row: Row) -> bool | None:
    """True, False or unknown, for one row."""
    match tree:
        case ("AND" | "OR" as word, left, right):
            both = {judged(left, row), judged(right, row)}
            ends = word == "OR"  # the value that decides alone
            return ends if ends in both else None if None in both else not ends
        case ("NOT", inner):
            found = judged(inner, row)
            return None if found is None else not found
        case ("compare", mark, name, value, turned):
            pair = (value_of(row, name, value), value)
            return compared(mark, *(reversed(pair) if turned else pair))
        case ("columns", mark, left, right):
            return compared(mark, value_of(row, left, 0), value_of(row, right, 0))
        case ("in", name, values, negate):
            value = value_of(row, name, values[0])
            return None if value is None else (value in values) is not negate
        case ("between", name, low, high, negate):
            value = value_of(row, name, low)
            return None if value is None else (low <= value <= high) is not negate
        case ("like", name, pattern, negate):
            parts = {"%": ".*", "_": "."}
            form = "".join(parts.get(sign, re.escape(sign)) for sign in pattern)
            value = row[name]
            return None if value is None else bool(re.fullmatch(form, value, re.S)) is not negate
        case ("null", name, negate):
            return (value_of(row, name, "") is None) is not negate
        case ("is", truth, negate):
            return (row["b"] is truth) is not negate
    return row["b"]


def compared(mark: str, left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else bool(COMPARED[mark](left, right))


def hold_to_python(data: list[Row], conditions: list[Tree]) -> None:
    columns = {name: pa.array([row[name] for row in data], kind) for name, kind in TYPES.items()}
    table = ibis.memtable(pa.table(columns))
    told = [written(tree) for tree in conditions]
    found = table.select(**{f"c{i}": to_ibis(text, table) for i, text in enumerate(told)})
    answers = found.to_pyarrow().to_pydict()
    for i, (text, tree) in enumerate(zip(told, conditions, strict=True)):
        assert answers[f"c{i}"] == [judged(tree, row) is True for row in data], text
        assert columns_of(text) == set(names_in(tree))
        assert parse_where(parse_where(text).sql(dialect="duckdb"))


def names_in(tree: Tree) -> Iterator[str]:
    match tree:
        case ("AND" | "OR" | "NOT", *inner):
            for each in inner:
                yield from names_in(each)
        case ("columns", _, left, right):
            yield from (left, right)
        case ("compare", _, name, *_) | ("in" | "between" | "like" | "null", name, *_):
            yield name
        case _:
            yield "b"


some = st.lists(trees.filter(lambda tree: len(written(tree)) <= 2_000), min_size=4, max_size=8)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(rows, some)
def test_a_condition_holds_where_python_says_so(data, conditions):
    hold_to_python(data, conditions)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows, some)
def test_many_conditions_hold_where_python_says_so(data, conditions):
    hold_to_python(data, conditions)


names = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8
) | st.sampled_from(
    [
        'x" OR 1=1 --',
        "a'b",
        "a;b",
        "a.b",
        "*",
        "/*",
        "select",
        "NULL",
        "TRUE",
        "n\n",
        "\\",
        "$1",
        "?",
        ":x",
        "{}",
    ]
)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(names, min_size=2, max_size=5, unique_by=str.casefold), texts)
def test_a_name_of_any_signs_is_one_column_and_nothing_else(columns, value):
    data = {name: [value, f"{value}{i}", None] for i, name in enumerate(columns)}
    table = ibis.memtable(pa.table(data))
    for name in columns:
        text = '"' + name.replace('"', '""') + f'" = {quoted(value)}'
        assert columns_of(text) == {name}
        found = table.select(holds=to_ibis(text, table)).to_pyarrow()["holds"].to_pylist()
        assert found == [one == value for one in data[name]]
