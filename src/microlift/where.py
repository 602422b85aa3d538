"""The safe expression of a `where`: a condition over the columns of the log, and nothing else.

The text is parsed, checked against a short list of allowed constructs, and rebuilt with Ibis node
by node. No text of the plan ever reaches an engine as SQL, so a plan from a stranger can select
rows but cannot read a file, call a function or stop the engine.
"""

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, eq, ge, gt, le, lt, ne, or_

import ibis
import ibis.expr.types as ir
import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, SqlglotError

from microlift.errors import EventsError, PlanError, nearest

MAX_TEXT = 2_000
EXACT_FLOAT = 2**53  # the largest integer below which float64 holds every integer

_ALLOWED = (
    "only columns, text in single quotes, numbers, TRUE and FALSE, comparisons, "
    "AND, OR, NOT, LIKE, IN, BETWEEN and IS NULL are allowed"
)
_COMPARISONS: dict[type[exp.Expr], Callable[[ir.Value, ir.Value], ir.BooleanValue]] = {
    exp.EQ: eq,
    exp.NEQ: ne,
    exp.GT: gt,
    exp.GTE: ge,
    exp.LT: lt,
    exp.LTE: le,
}
_IS_OPERANDS = (exp.Null, exp.Boolean)
_CONDITIONS = (*_COMPARISONS, exp.And, exp.Or, exp.Not, exp.Like, exp.In, exp.Between, exp.Is)

# What each allowed node may hold. A part that is not listed (the schema of a column, the
# SYMMETRIC of a BETWEEN, the subquery of an IN) is refused although its node is allowed.
_PARTS: dict[type[exp.Expr], set[str]] = {
    **{comparison: {"this", "expression"} for comparison in _COMPARISONS},
    exp.And: {"this", "expression"},
    exp.Or: {"this", "expression"},
    exp.Not: {"this"},
    exp.Paren: {"this"},
    exp.Like: {"this", "expression", "negate"},
    exp.In: {"this", "expressions"},
    exp.Between: {"this", "low", "high"},
    exp.Is: {"this", "expression"},
    exp.Neg: {"this"},
    exp.Column: {"this"},
    exp.Identifier: {"this", "quoted"},
    exp.Literal: {"this", "is_string"},
    exp.Boolean: {"this"},
    exp.Null: set(),
}

# Names for what is refused, from the particular to the general: the first that fits is said.
_REFUSED: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.Window, "a window function"),
    (exp.Case, "CASE"),
    (exp.Cast, "a cast"),
    (exp.Escape, "LIKE ... ESCAPE"),
    (exp.ILike, "ILIKE"),
    (exp.Exists, "a subquery"),
    (exp.Query, "a subquery"),
    (exp.SubqueryPredicate, "ANY or ALL"),
    (exp.Star, "a star"),
    (exp.Lambda, "a lambda"),
    (exp.JSONExtract, "an arrow (a lambda or a path into JSON)"),
    (exp.Placeholder, "a parameter"),
    (exp.Parameter, "a parameter"),
    (exp.SessionParameter, "a parameter"),
    (exp.Concat, "text joined to text"),
    (exp.DPipe, "text joined to text"),
    (exp.RegexpLike, "a regular expression"),
    (exp.RegexpFullMatch, "a regular expression"),
    (exp.SimilarTo, "a regular expression"),
    (exp.Bracket, "an index in brackets"),
    (exp.Command, "a statement"),
    (exp.NullSafeEQ, "IS DISTINCT FROM"),
    (exp.NullSafeNEQ, "IS DISTINCT FROM"),
    (exp.Glob, "GLOB"),
    (exp.Func, "a function call"),
    (exp.Neg, "arithmetic"),
    (exp.Binary, "arithmetic"),
)


def parse_where(text: str) -> exp.Expr:
    """Parse a condition and refuse all but the allowed constructs.

    Parameters
    ----------
    text : str
        For example ``percent_scrolled >= 75 AND page_path LIKE '/pricing%'``. Column names with
        spaces or signs stand in double quotes, text in single quotes. ``=`` and ``==``, ``!=``
        and ``<>`` are the same. At most 2,000 characters.

    Returns
    -------
    sqlglot.exp.Expr
        The syntax tree of one condition.

    Raises
    ------
    PlanError
        If the text is empty, cannot be parsed, or holds anything that is not allowed: a function
        call, subquery, cast, comment, second statement, arithmetic; the message says which.

    Examples
    --------
    >>> parse_where("percent_scrolled == 75").sql()
    'percent_scrolled = 75'
    >>> parse_where("lower(event) = 'x'")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.PlanError: Got "lower(event) = 'x'" with a function call...
    """
    if not isinstance(text, str) or not text.strip():
        raise PlanError(f"Got {text!r} as a condition. Write one such as \"page = '/pricing'\".")
    if len(text) > MAX_TEXT:
        raise PlanError(
            f"Got a condition of {len(text):,} characters; at most {MAX_TEXT:,} are read. "
            "Compute the condition into a column of the log and name that column."
        )
    try:
        _check_tokens(DuckDB().tokenize(text), text)
        tree = sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition)
    except (SqlglotError, RecursionError) as error:
        raise PlanError(
            f"Got {_short(text)}, which cannot be read as a condition{_position(error)}. Check its "
            "quotes and brackets: text in 'single quotes', column names in \"double quotes\"."
        ) from None
    for node in tree.walk():
        _check_node(node, text)
    _check_condition(tree, text)
    return tree


def columns_of(text: str) -> set[str]:
    """Name the columns that a condition reads.

    Parameters
    ----------
    text : str
        A condition, as for `parse_where`.

    Returns
    -------
    set of str

    Raises
    ------
    PlanError
        As `parse_where`.

    Examples
    --------
    >>> sorted(columns_of("percent > 75 AND page LIKE '/a%'"))
    ['page', 'percent']
    """
    return {column.name for column in parse_where(text).find_all(exp.Column)}


def to_ibis(text: str, table: ir.Table) -> ir.BooleanValue:
    """Build the condition over the columns of a table; where it is unknown (null), it is false.

    Logic is three-valued as in SQL until the end, so ``NOT (x > 5)`` does not select rows without
    an x. A NaN counts as null. A text column compared with a number or with TRUE or FALSE is
    read as such (raw CSV columns are all text), and what cannot be read is null.

    Parameters
    ----------
    text : str
        A condition, as for `parse_where`.
    table : ibis.Table
        Holds the columns under the names used in the condition, case included.

    Returns
    -------
    ibis.expr.types.BooleanValue
        Never null.

    Raises
    ------
    PlanError
        As `parse_where`.
    EventsError
        If a column is not in the table, or its type does not fit what it is compared with.

    Examples
    --------
    >>> table = ibis.memtable({"percent": ["90", "20", "n/a"]})
    >>> to_ibis("percent >= 75", table).to_pyarrow().to_pylist()
    [True, False, False]
    """
    return _condition(parse_where(text), table, text).fill_null(False)


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _position(error: Exception) -> str:
    if isinstance(error, ParseError) and error.errors and error.errors[0].get("highlight"):
        return f", near {error.errors[0]['highlight']!r}"
    return ""


def _refuse(text: str, construct: str, remedy: str = "") -> PlanError:
    remedy = remedy or "Rewrite it, or compute it into a column of the log and name that column."
    return PlanError(f"Got {_short(text)} with {construct}, but {_ALLOWED}. {remedy}")


def _check_tokens(tokens: list[Token], text: str) -> None:
    """Refuse what leaves no trace in the tree."""
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            raise _refuse(text, "a semicolon", "Write one condition.")
        if token.comments:
            raise _refuse(text, "a comment", "Comment the plan with # instead.")


def _check_node(node: exp.Expr, text: str) -> None:
    parts = _PARTS.get(type(node))
    if parts is None:
        named = (name for kind, name in _REFUSED if isinstance(node, kind))
        raise _refuse(text, next(named, f"the construct {type(node).__name__}"))
    if isinstance(node, exp.Identifier) and not node.name:
        raise _refuse(text, "a name without a character", "Name a column.")
    if isinstance(node, exp.Literal) and not node.is_string and not _is_number(node.name):
        raise _refuse(text, f"the number {node.name[:80]}", "Write it as 75, 0.75 or 7.5e1.")
    held = {part for part, value in node.args.items() if value not in (None, False, [])}
    if held <= parts:
        return
    if "query" in held:
        raise _refuse(text, "a subquery")
    if "field" in held:
        raise _refuse(text, "IN without a list", "Write the values in brackets.")
    if isinstance(node, exp.Column):
        whole = ".".join(part.name for part in node.parts)
        raise _refuse(text, f"the dotted name {whole}", f'Write "{whole}" in double quotes.')
    raise _refuse(text, f"{type(node).__name__.upper()} {', '.join(sorted(held - parts)).upper()}")


def _is_number(digits: str) -> bool:
    """Tell whether a number is whole: the parser takes `7e`, which nothing else does."""
    try:
        float(digits)
    except ValueError:
        return False
    return True


def _check_condition(node: exp.Expr, text: str) -> None:
    """Refuse trees whose nodes are all allowed but which are no condition."""
    node = node.unnest()
    if isinstance(node, exp.And | exp.Or):
        for part in node.flatten():
            _check_condition(part, text)
    elif isinstance(node, exp.Not):
        _check_condition(node.this, text)
    elif isinstance(node, _CONDITIONS):
        values = _operands(node)
        if len(values) == 1:
            raise _refuse(text, "IN over an empty list", "Write the values in brackets.")
        for value in values:
            _check_value(value, node, text)
        if not any(isinstance(value, exp.Column) for value in values):
            raise _refuse(text, "a comparison that reads no column", "Name a column in it.")
    elif not isinstance(node, exp.Column | exp.Boolean):
        raise _refuse(text, "a value where a condition should stand", "Compare it.")


def _check_value(value: exp.Expr, parent: exp.Expr, text: str) -> None:
    if isinstance(value, exp.Null) and not isinstance(parent, exp.Is):
        raise _refuse(text, "NULL as a value", "Write IS NULL or IS NOT NULL.")
    if isinstance(value, _CONDITIONS):
        raise _refuse(text, "a comparison inside a comparison", "Join the two with AND.")
    if isinstance(value, exp.Neg) and not value.this.unnest().is_number:
        raise _refuse(text, "arithmetic")
    literal = _constant(value)
    is_first = value is _operands(parent)[0]
    if isinstance(parent, exp.Like) and not is_first and not isinstance(literal, str):
        raise _refuse(text, "LIKE without a text pattern", "Write it in single quotes.")
    if isinstance(parent, exp.In) and not is_first and literal is None:
        raise _refuse(text, "IN over something else than constants", "Use = and OR.")
    if isinstance(parent, exp.Is) and not is_first and not isinstance(value, _IS_OPERANDS):
        raise _refuse(text, "IS before a value", "Use = instead.")
    if isinstance(literal, float) and not math.isfinite(literal):
        raise _refuse(text, f"the number {value.sql()}", "Write a number that float64 can hold.")
    if isinstance(literal, int) and not -(2**63) <= literal < 2**63:
        raise _refuse(text, f"the number {value.sql()}", "Write it in single quotes, as text.")


def _operands(node: exp.Expr) -> list[exp.Expr]:
    """List the values that a comparison compares, the one on the left first."""
    parts = (node.args.get(part) for part in ("this", "expression", "low", "high"))
    single = [part.unnest() for part in parts if part is not None]
    return single + [part.unnest() for part in node.args.get("expressions") or []]


def _constant(node: exp.Expr) -> str | int | float | bool | None:
    """Read a literal; None for a column or NULL."""
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg):
        number = _constant(node.this.unnest())
        return None if number is None or isinstance(number, str) else -number
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    digits = str(node.this)
    return int(digits) if digits.isdigit() else float(digits)


def _condition(node: exp.Expr, table: ir.Table, text: str) -> ir.BooleanValue:
    node = node.unnest()
    if isinstance(node, exp.And | exp.Or):
        parts = [_condition(part, table, text) for part in node.flatten()]
        return reduce(and_ if isinstance(node, exp.And) else or_, parts)
    if isinstance(node, exp.Not):
        return ~_condition(node.this, table, text)
    if isinstance(node, exp.Boolean):
        return ibis.literal(bool(node.this))
    if isinstance(node, exp.Column):
        return _aligned([node, exp.true()], table, text)[0]
    operands = _operands(node)
    if isinstance(node, exp.Like):
        like = _column(operands[0], table, text).cast("string").like(operands[1].name)
        return ~like if node.args.get("negate") else like
    if isinstance(node, exp.Is) and isinstance(operands[1], exp.Null):
        return _column(operands[0], table, text).isnull()
    first, *others = _aligned(operands, table, text)
    if isinstance(node, exp.Is):
        return (first == others[0]).fill_null(False)
    if isinstance(node, exp.In):
        return first.isin(others)
    if isinstance(node, exp.Between):
        return (first >= others[0]) & (first <= others[1])
    return _COMPARISONS[type(node)](first, others[0])


def _column(node: exp.Expr, table: ir.Table, text: str) -> ir.Value:
    name = node.name
    if name not in table.columns:
        quoted = node.this.args.get("quoted")
        raise EventsError(
            f"The condition {_short(text)} reads the column {name!r}, which is not among the "
            f"{len(table.columns):,} columns of the log (nearest: {nearest(name, table.columns)}), "
            "so no row can be judged. Mend the name in the plan"
            + (", or write it in single quotes if it is text." if quoted else ".")
        )
    column = table[name]
    # Engines order NaN above every number: `x >= 75` would hold where there is no x.
    return column.isnan().ifelse(ibis.null(), column) if column.type().is_floating() else column


def _family(node: exp.Expr, table: ir.Table, text: str) -> str:
    """Name what a value is: text, number or truth value."""
    constant = _constant(node)
    if constant is not None:
        kinds = {str: "text", bool: "truth value"}
        return kinds.get(type(constant), "number")
    dtype = _column(node, table, text).type()
    if dtype.is_string():
        return "text"
    if dtype.is_boolean():
        return "truth value"
    if dtype.is_numeric():
        return "number"
    raise EventsError(
        f"The condition {_short(text)} compares the column {node.name!r} of type {dtype}, but only "
        "text, numbers and truth values can be compared. Use LIKE or IS NULL, or write what you "
        "need into a column of its own."
    )


def _aligned(nodes: Sequence[exp.Expr], table: ir.Table, text: str) -> list[ir.Value]:
    """Bring the values of one comparison to one type, reading text columns as it needs."""
    families = [_family(node, table, text) for node in nodes]
    typed = sorted(set(families) - {"text"})
    fixed_text = any(isinstance(_constant(node), str) for node in nodes)
    if len(typed) == 2 or (typed and fixed_text):
        said = ", ".join(f"{n.sql()} ({f})" for n, f in zip(nodes[:4], families, strict=False))
        raise EventsError(
            f"The condition {_short(text)} compares {said}: values of different kinds are never "
            "equal. Write numbers without quotes, text in single quotes, and truth values as TRUE "
            "or FALSE."
        )
    wanted = typed[0] if typed else "text"
    return [_read_as(node, wanted, table, text) for node in nodes]


def _read_as(node: exp.Expr, wanted: str, table: ir.Table, text: str) -> ir.Value:
    constant = _constant(node)
    if constant is not None:
        if wanted == "number" and isinstance(constant, int) and abs(constant) > EXACT_FLOAT:
            _refuse_rounding(constant, table, text)
        return ibis.literal(constant)
    column = _column(node, table, text)
    if wanted == "text" or not column.type().is_string():
        return column
    if wanted == "truth value":
        return column.try_cast("boolean")
    number = column.try_cast("float64")
    return number.isnan().ifelse(ibis.null(), number)


def _refuse_rounding(constant: int, table: ir.Table, text: str) -> None:
    """Long identifiers read as float64 would be equal to their neighbours."""
    names = sorted(name for name in columns_of(text) if table[name].type().is_string())
    if names:
        raise EventsError(
            f"The condition {_short(text)} compares the text column {names[0]!r} with {constant}, "
            "more digits than a number read from text keeps, so neighbours would count as equal. "
            "Write it in single quotes, to compare text with text."
        )
