"""Which columns of a log a plan reads, and in what role."""

from dataclasses import dataclass

import ibis.expr.types as ir

from microlift.errors import EventsError
from microlift.events.files import Format
from microlift.plan import Plan
from microlift.where import columns_of


@dataclass(frozen=True)
class Layout:
    """The columns of the log that are read, under the log's own names.

    Attributes
    ----------
    user, time, event : str
    attributes, sequence : tuple of str
    session, value, currency, click : str or None
    others : tuple of str
        Read only because a condition of the plan looks at them.
    """

    user: str
    time: str
    event: str
    attributes: tuple[str, ...]
    sequence: tuple[str, ...]
    session: str | None
    value: str | None
    currency: str | None
    click: str | None
    others: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is read, once, in a stable order."""
        known = (self.user, self.time, self.event, *self.attributes, *self.sequence)
        perhaps = (self.session, self.value, self.currency, self.click, *self.others)
        return tuple(dict.fromkeys(name for name in (*known, *perhaps) if name is not None))

    def needed(self, kind: Format) -> tuple[str, ...]:
        """Columns that every file of a log has to have; JSON leaves out what has no value.

        Examples
        --------
        >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
        ...                        "actions": [{"name": "view", "event": "view"}]})
        >>> layout_of(plan).needed("csv"), layout_of(plan).needed("json")
        (('user_id', 'timestamp', 'event'), ('timestamp', 'event'))
        """
        always = (self.time, self.event)
        return always if kind == "json" else (self.user, *always)


def layout_of(plan: Plan) -> Layout:
    """Read from a plan which columns it needs.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Layout

    Raises
    ------
    EventsError
        If two of the columns differ in upper and lower case alone.

    Examples
    --------
    >>> plan = Plan.from_dict({
    ...     "log": {"columns": {"user_id": "uid", "value": "revenue"}},
    ...     "macro": {"event": "purchase", "value": "value"},
    ...     "horizon": "14d",
    ...     "actions": [{"name": "deep", "event": "scroll", "where": "percent >= 75"}],
    ... })
    >>> layout_of(plan).names
    ('uid', 'timestamp', 'event', 'revenue', 'percent')
    """
    columns = plan.log.columns
    value = plan.macro.value
    # `value: value` names the column in the plan's words, `value: revenue` in the log's.
    named = columns.value if value == "value" and columns.value else value
    rules = [plan.macro.where, *(action.where for action in plan.actions)]
    looked_at = sorted(set().union(*(columns_of(rule) for rule in rules if rule)))
    if isinstance(named, str) and columns.value and named != columns.value:
        looked_at.append(columns.value)
    mapped = Layout(
        user=columns.user_id,
        time=columns.timestamp,
        event=columns.event,
        attributes=plan.log.attributes,
        sequence=plan.log.sequence,
        session=columns.session_id,
        value=named if isinstance(named, str) else columns.value,
        currency=columns.currency,
        click=columns.click_id,
        others=(),
    )
    others = tuple(name for name in looked_at if name not in mapped.names)
    layout = Layout(**{**mapped.__dict__, "others": others})
    _tell_apart(layout, plan)
    return layout


def need_flat(raw: ir.Table, layout: Layout) -> None:
    """Refuse records and lists where the plan reads single values, and a value that is no number.

    As text all of a record would count: two orders of its parts, or an id that is part of it,
    would be two users.

    Parameters
    ----------
    raw : ibis.Table
        The columns of `layout`.
    layout : Layout

    Raises
    ------
    EventsError

    Examples
    --------
    >>> import ibis
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> raw = ibis.table({"user_id": "struct<id: string>", "timestamp": "int64", "event": "string"})
    >>> need_flat(raw, layout_of(plan))
    Traceback (most recent call last):
    microlift.errors.EventsError: The column 'user_id' holds struct<id: string>...
    """
    for name in layout.names:
        dtype = raw[name].type()
        if dtype.is_nested() and name not in (layout.time, *layout.others):
            raise EventsError(
                f"The column {name[:100]!r} holds {str(dtype)[:100]} and not one value a row, but "
                "the plan reads it as one. Which part of it is meant cannot be told. Write that "
                "part into a column of its own, and name that column in the plan."
            )
    if layout.value:
        dtype = raw[layout.value].type()
        if not (dtype.is_numeric() or dtype.is_string() or dtype.is_boolean() or dtype.is_null()):
            raise EventsError(
                f"The column {layout.value[:100]!r} holds {str(dtype)[:100]}, which is no amount "
                "of money, but the plan reads it as the value of macros. Name a column of numbers "
                "in macro.value of the plan."
            )


def _tell_apart(layout: Layout, plan: Plan) -> None:
    """Refuse names that engines of SQL take for one and the same."""
    folded: dict[str, str] = {}
    for name in layout.names:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            formats = {plan.log.format, *(source.format for source in plan.log.sources)}
            way = (
                f" (an event parameter also by {('event_params.' + name)[:120]!r})"
                if "ga4" in formats
                else ""
            )
            raise EventsError(
                f"The plan reads {other[:100]!r} and {name[:100]!r}, which differ in upper and "
                "lower case alone: the engine cannot tell such columns apart, and would take one "
                f"for the other. Name one of them otherwise{way}."
            )
