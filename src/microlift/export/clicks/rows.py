"""From a log with click ids and its weights to single conversions, in parts of the users."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import ibis
import ibis.expr.types as ir

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.identities import named_clicks
from microlift.events.parts import in_parts, parts_for
from microlift.export.click_ids import kind_in, looks_like
from microlift.export.conversions import Conversion
from microlift.occurrences import CLICK_LASTS, attributed
from microlift.plan.log import ClickKind
from microlift.plan.quoting import listed
from microlift.weights import ActionWeight, WeightsFile, always

ROWS_A_PART = 500_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MACRO = -1  # the place of the macro among the actions
Valued = tuple[Conversion, float | None]


@as_asked
def conversions(
    log: EventLog, weights: WeightsFile | None, *, kind: ClickKind | None = None
) -> Iterator[Conversion]:
    r"""Every booked occurrence that followed a click, as a row for an ad platform.

    Parameters
    ----------
    log
        An open log of a plan that maps ``log.columns.click_id``.
    weights
        What to book. Only primary actions with a weight above 0, and the macro where it is primary:
        beside actions at `macro_weight`, alone at the value of each order.
    kind
        The parameter that brought the click ids. Default: what the plan says (``log.click_kind``,
        else the name of the column); else what an id looks like, and ``gclid`` where it looks like
        nobody's.

    Returns
    -------
    iterator of Conversion
        Of each action the occurrences that its `count` says: a user's first, the first of a user's
        click, or every one; up to the user's first macro, as the weights were made. Each belongs
        to the user's latest click at or before it; one without a click in the 90 days before is
        left out. Ordered by time within parts of some 500,000 events, which bound the memory.

    Raises
    ------
    InputError
        If the log is closed or has no click ids, the weights have no currency or another one, or
        are of a plan with other actions.
    EventsError
        If the files of the log cannot be read again, or have changed; with the first row.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> file = pathlib.Path(tempfile.mkdtemp(), "log.csv")
    >>> _ = file.write_text("user_id,timestamp,event\nann,2026-01-01,view\nann,2026-01-03,buy\n")
    >>> with read_events(file, plan) as log:
    ...     conversions(log, None)
    Traceback (most recent call last):
    microlift.errors.InputError: The plan maps no click ids, ...
    """
    return (row for row, _ in valued(log, weights, kind=kind))


def valued(
    log: EventLog,
    weights: WeightsFile | None,
    *,
    kind: ClickKind | None = None,
    usual: ClickKind = "gclid",
) -> Iterator[Valued]:
    """As `conversions`, each with the value of its own order; None where it has none.

    `usual` is the kind of an id that looks like nobody's, where nothing says whose they are.
    """
    checked = _checked(log, weights)
    known = kind or kind_in(log.plan)

    def kind_of(click_id: str) -> ClickKind:
        return known or looks_like(click_id) or usual

    return _stream(log, checked, kind_of)


def _checked(log: EventLog, weights: WeightsFile | None) -> WeightsFile:
    if log.closed:
        raise InputError(
            "The log is closed, and conversions() reads its events. Call it, and use what it "
            "gives, inside `with read_events(...) as log:`."
        )
    if "click" not in log.events.columns:
        raise InputError(
            "The plan maps no click ids, so no conversion could be given to a click. Write for "
            "example 'log: {columns: {click_id: gclid}}'."
        )
    if weights is None:
        raise InputError(
            "conversions() got no weights, so there is no value to book. Read them with "
            "read_weights('weights.json')."
        )
    if weights.currency is None:
        raise InputError(
            "The weights are in macros and not in money, which is all that an ad platform books. "
            "Give the macro of the plan a value."
        )
    if log.facts.currency != weights.currency:
        raise InputError(
            f"The weights are in {weights.currency} and the log in {log.facts.currency or 'macros'}"
            ": a value in the wrong currency misleads every bid. Make the weights from this log."
        )
    known = {action.name: (action.count, always(action)) for action in log.plan.actions}
    mine = {each.name: (each.count, each.events) for each in weights.actions}
    other = [name for name, of in mine.items() if known.get(name) != of]
    if other:
        raise InputError(
            f"Of {len(weights.actions):,} actions of the weights the plan of the log lacks "
            f"{len(other):,}, or counts others as such ({listed(other[:5])}): values would be "
            "booked at the wrong occurrences. Make the weights with the plan that the log is read "
            "by."
        )
    return weights


def _stream(
    log: EventLog, weights: WeightsFile, kind_of: Callable[[str], ClickKind]
) -> Iterator[Valued]:
    actions = {each.name: each for each in weights.actions if each.primary and each.weight > 0}
    booked = {
        bit: actions[action.name]
        for bit, action in enumerate(log.plan.actions)
        if action.name in actions
    }
    with_macro = weights.macro.primary and weights.macro_weight > 0
    if not booked and not with_macro:
        return
    said = {bit: (each.label, each.weight) for bit, each in booked.items()}
    said[_MACRO] = (weights.macro.label, weights.macro_weight)
    unit = 10**log.facts.minor_digits
    with named_clicks(log) as clicks:
        for events in in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART)):
            rows = _rows(events, booked, with_macro=with_macro)
            named = rows.join(clicks, rows.number == clicks.code)
            ordered = named.order_by(["t", "user", "seq", "action"])
            found = log.con.to_pyarrow(ordered.select("action", "t", "since", "click", "value"))
            for batch in found.to_batches(max_chunksize=10_000):
                for row in batch.to_pylist():
                    name, value = said[row["action"]]
                    own = row["value"] / unit if row["action"] == _MACRO and row["value"] else None
                    made = Conversion(
                        name,
                        _at(row["t"]),
                        # Alone, the macro is booked at the values of its orders.
                        own if own is not None and weights.mode == "macro" else value,
                        str(weights.currency),
                        click_id=row["click"],
                        click_kind=kind_of(row["click"]),
                        clicked_at=_at(row["since"]),
                    )
                    yield made, own


def _rows(events: ir.Table, booked: dict[int, ActionWeight], *, with_macro: bool) -> ir.Table:
    """Booked occurrences with a click: action, user, seq, t, number, and since when it is known."""
    macros = events.group_by("user").agg(macro_seq=events.seq.min(where=events.macro == 1))
    joined = events.join(macros, "user")
    upto = joined.filter(joined.macro_seq.isnull() | (joined.seq <= joined.macro_seq))
    own = upto.filter(upto.click > 0)
    seen = own.group_by(["user", "click"]).agg(since=own.t.min())
    seen = seen.select(who="user", number="click", since="since")
    found = attributed(upto)
    found = found.join(seen, [found.user == seen.who, found.click == seen.number], how="left")
    kinds = [_of_action(found, bit, each.count) for bit, each in booked.items()]
    if with_macro:
        kinds.append(_kept(found.filter(found.macro == 1), _MACRO))
    rows = ibis.union(*kinds) if len(kinds) > 1 else kinds[0]
    return rows.filter(rows.number.notnull() & (rows.t - rows.since <= CLICK_LASTS))


def _of_action(found: ir.Table, bit: int, count: str) -> ir.Table:
    done = found.filter(((found.mask & (1 << bit)) != 0) & (found.macro == 0))
    if count == "every":
        return _kept(done, bit)
    once = ["user"] if count == "user" else ["user", "click"]
    ranked = done.mutate(place=ibis.row_number().over(group_by=once, order_by="seq"))
    return _kept(ranked.filter(ranked.place == 0), bit)


def _kept(rows: ir.Table, action: int) -> ir.Table:
    where = ibis.literal(action, "int16")
    return rows.select("user", "seq", "t", "number", "since", "value", action=where)


def _at(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
