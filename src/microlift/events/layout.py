"""Which columns of a log a plan reads, and in what role."""

from dataclasses import dataclass

from microlift.plan import Plan
from microlift.where import columns_of


@dataclass(frozen=True)
class Layout:
    """The columns of the log that are read, under the log's own names.

    Attributes
    ----------
    user, time, event : str
    attributes, sequence : tuple of str
    session, value, currency : str or None
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
    others: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is read, once, in a stable order."""
        known = (self.user, self.time, self.event, *self.attributes, *self.sequence)
        perhaps = (self.session, self.value, self.currency, *self.others)
        return tuple(dict.fromkeys(name for name in (*known, *perhaps) if name is not None))


def layout_of(plan: Plan) -> Layout:
    """Read from a plan which columns it needs.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Layout

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
        others=(),
    )
    others = tuple(name for name in looked_at if name not in mapped.names)
    return Layout(**{**mapped.__dict__, "others": others})
