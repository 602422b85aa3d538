"""From a table of an engine to typed rows without nulls, in operations that every engine has.

The same rows as `microlift.events.normalise` makes, but with texts where that has codes: a
warehouse sorts texts where they lie, and a numbering of all of them would be one more pass. Texts
order alike in both, by the bytes of their UTF-8.
"""

from datetime import date

import ibis
import ibis.expr.types as ir

from microlift.events.layout import layout_of
from microlift.events.money import minor_digits
from microlift.events.normalise import (
    AFTER_RANK,
    BUCKETS,
    HEX,
    MACRO_RANK,
    MAX_VALUE,
    NO_CLICK,
)
from microlift.events.times import DAY, FIRST_YEAR, LAST_YEAR, SECOND
from microlift.plan import Plan
from microlift.warehouse.dialects import digest_of, microseconds_of
from microlift.where import to_ibis

BESIDE = "beside "  # before the names of columns that only keep rows apart

_BEGIN, _END = (
    (date(year, 1, 1) - date(1970, 1, 1)).days * DAY for year in (FIRST_YEAR, LAST_YEAR + 1)
)


def typed_rows(raw: ir.Table, plan: Plan, dialect: str) -> ir.Table:
    """Select what is needed of a table, one row an input row.

    Parameters
    ----------
    raw : ibis.Table
        As `microlift.warehouse.scope.check_columns` accepts it.
    plan : Plan
    dialect : str

    Returns
    -------
    ibis.Table
        user and event as text, t, timed (whether a time was given), mask, macro, rank (the place
        within a time), v and known (the value, and whether it is an amount), and where the plan
        asks for them x0.. (attributes), currency, sid, click, s0.. (sequence), o0.. (what only
        conditions read).
    """
    layout, heard = layout_of(plan), plan.heard
    t = _time(raw[layout.time], dialect)
    mask, macro = _mask(raw, heard, layout.event), _macro(raw, heard, layout.event)
    keys = {f"x{i}": _text(raw[name]) for i, name in enumerate(layout.attributes)}
    if layout.currency:
        keys["currency"] = _text(raw[layout.currency])
    if layout.session:
        keys["sid"] = _text(raw[layout.session])
    if layout.click:
        click = _text(raw[layout.click]).strip()
        keys["click"] = click.isin(NO_CLICK).ifelse("", click)
    keys |= {f"s{i}": raw[name] for i, name in enumerate(layout.sequence)}
    beside = (name for name in raw.columns if name.startswith(BESIDE))
    keys |= {f"o{i}": raw[name] for i, name in enumerate((*layout.others, *beside))}
    number = raw[layout.value].cast("float64") if layout.value else ibis.literal(0.0, "float64")
    known = number.notnull() & ~number.isnan() & (number.abs() < ibis.literal(MAX_VALUE, "float64"))
    rows = raw.select(
        user=_text(raw[layout.user]),
        event=_text(raw[layout.event]),
        t=t,
        timed=raw[layout.time].notnull(),
        mask=mask,
        macro=macro,
        number=number,
        known=known.fill_null(False).cast("int64"),
        **keys,
    )
    return rows.mutate(rank=_rank(rows, heard), v=_amount(rows)).drop("number")


def valid(rows: ir.Table) -> ir.Table:
    """Keep the rows that have a user, a readable time and an event."""
    return rows.filter(rows.user != "", rows.t.notnull(), rows.event != "")


def distinct_rows(rows: ir.Table, plan: Plan, dialect: str) -> ir.Table:
    """Keep valid rows, one of those that agree in all that is read, with bucket and value.

    Parameters
    ----------
    rows : ibis.Table
        From `typed_rows`.
    plan : Plan
    dialect : str

    Returns
    -------
    ibis.Table
        The same columns without `timed`; bucket, and value in minor units.
    """
    valued = plan.log.columns.value or isinstance(plan.macro.value, str)
    kept = valid(rows).drop("timed", *(() if valued else ("v", "known"))).distinct()
    amount = kept.v if isinstance(plan.macro.value, str) else _literal_worth(plan)
    unit = 10 ** minor_digits(plan.macro.currency)
    minor = (amount.cast("decimal(38, 6)") * unit).round().cast("int64")
    digest = digest_of(kept.user, dialect)
    high, low = (ibis.literal(HEX).find(digest.substr(i, 1)) for i in (0, 1))
    return kept.mutate(
        bucket=((high * 16 + low) % BUCKETS).cast("int64"),
        value=(kept.macro == 1).ifelse(minor, 0).cast("int64"),
    )


def order_keys(rows: ir.Table) -> list[str]:
    """Name the columns that order a user's rows, as `microlift.events.order` does."""
    sequence = sequence_of(rows)
    labels = [f"x{i}" for i in range(sum(_numbered(name, "x") for name in rows.columns))]
    rest = [name for name in rows.columns if _numbered(name, "o")]
    perhaps = ["currency", "known", "v", "sid"]
    keys = ["t", *sequence, "rank", "event", *labels, *(n for n in perhaps if n in rows.columns)]
    click = [name for name in ("click",) if name in rows.columns]
    return [*keys, "mask", *rest, *click]


def sequence_of(rows: ir.Table) -> list[str]:
    """Name the columns of the plan's sequence."""
    return [name for name in rows.columns if _numbered(name, "s")]


def _numbered(name: str, letter: str) -> bool:
    return name[0] == letter and name[1:].isdigit()


def whole(number: ir.IntegerValue, by: int) -> ir.IntegerValue:
    """Divide and round down; engines have no common word for that, and floats are not exact."""
    rest = (number % by + by) % by
    return ((number - rest) / by).round().cast("int64")


def _text(column: ir.Value) -> ir.StringValue:
    return column.cast("string").fill_null("")


def _time(column: ir.Value, dialect: str) -> ir.IntegerValue:
    """Microseconds since 1970; null where they are none of the years that are read."""
    dtype = column.type()
    begin, end = _BEGIN, _END
    if dtype.is_integer():
        t = _number(column.cast("int64"))
    else:
        t = microseconds_of(column.cast("timestamp('UTC')"), dialect)
        if dtype.timezone is None:  # a day off either end, as the embedded engine reads them
            begin, end = begin + DAY, end - DAY
    return ((t >= begin) & (t < end)).ifelse(t, ibis.null("int64"))


def _number(column: ir.IntegerValue) -> ir.IntegerValue:
    """Numbers count in the unit that puts them in living memory, see `microlift.events.times`."""
    size = column.abs()
    seconds = whole(column, 1_000 * SECOND)
    rest = column - seconds * (1_000 * SECOND)
    return ibis.cases(
        (size < 10**11, column * SECOND),
        (size < 10**14, column * 1_000),
        (size < 10**17, column),
        # In two steps: a quotient beyond 2**53 would be rounded.
        else_=seconds * SECOND + whole(rest, 1_000),
    )


def _mask(raw: ir.Table, plan: Plan, event: str) -> ir.IntegerValue:
    """Set the bit of each action that a row's event and condition make it an occurrence of."""
    mask = ibis.literal(0, "int64")
    for bit, action in enumerate(plan.actions):
        if action.event:
            holds = raw[event].isin(action.event).fill_null(False)
            if action.where:
                holds = holds & to_ibis(action.where, raw)
            mask = mask + holds.ifelse(1 << bit, 0).cast("int64")
    return mask


def _macro(raw: ir.Table, plan: Plan, event: str) -> ir.IntegerValue:
    holds = raw[event].isin(plan.macro.event).fill_null(False)
    if plan.macro.where:
        holds = holds & to_ibis(plan.macro.where, raw)
    return holds.cast("int64")


def _rank(rows: ir.Table, plan: Plan) -> ir.IntegerValue:
    """Order within a time: unplanned, the actions as in the plan, the macro, what follows it."""
    actions = [
        ((rows.mask & (1 << bit)) != 0, AFTER_RANK + bit if action.after else bit + 1)
        for bit, action in sorted(enumerate(plan.actions), key=lambda at: at[1].after is not None)
    ]
    return ibis.cases((rows.macro == 1, MACRO_RANK), *actions, else_=0).cast("int64")


def _amount(rows: ir.Table) -> ir.FloatingValue:
    """The value; 0 where there is none, which `known` tells, and for a zero below zero."""
    zero = ibis.literal(0.0, "float64")
    return ((rows.known == 1) & (rows.number != zero)).ifelse(rows.number, zero)


def _literal_worth(plan: Plan) -> ir.FloatingValue:
    worth = plan.macro.value
    return ibis.literal(1.0 if worth is None else float(worth), "float64")
