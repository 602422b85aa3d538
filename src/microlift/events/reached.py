"""States that are reached between events, as rows of their own among the canonical events.

Two rules come true while nothing is recorded, or for nothing that is recorded:

- *without*: a form is abandoned once its session has been silent for longer than the session gap,
  or once the time for it is over. At that instant it is known, whether or not the user ever comes
  back. Booked at the user's next event instead, those who never come back, whom it cost most,
  would not count. It is not known before: an event that finishes takes it back until then.
- *returns_within*: a session that starts soon is the next thing after the one before it. So it
  has its place at the end of that one, from where it was open whether the user would come back.
  At the first event of the new session it would be judged among sessions that have begun, all of
  which have come back. A session that begins with the macro tells both at once: there the bit
  stands on the macro.

Such a row has the event -1 (where events have names, none), no value, and belongs to the session of
the user's event before it. States that would be reached after the last event of the log are not
reached yet: they are counted and said.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from microlift.events.normalise import REACHED
from microlift.plan import Action, micros
from microlift.plan.actions import SESSION

Names = tuple[int, ...] | tuple[str, ...]  # events by their codes, or by their names

_ROOM = 1 << 31  # of a sequence number or a session, carried together in one 64-bit number
_AWAY = 1 << 8
_AHEAD = -1  # the place before every event of its time


def span_of(action: Action) -> int:
    """The duration of a ``within``, in microseconds."""
    assert action.within is not None
    assert not isinstance(action.within, str)
    return micros(action.within)


def event_of_states(event: ir.Value) -> int | str:
    """What stands for the event of a state, which has none: no code of one, or an empty name."""
    return "" if event.type().is_string() else REACHED


def add_reached(
    events: ir.Table,
    actions: Mapping[int, Action],
    finishing: Mapping[int, Names],
    given: bool,
    gap: int,
    last: int | ir.IntegerScalar,
) -> ir.Table:
    """Put the states that are reached between events among them.

    Parameters
    ----------
    events : ibis.Table
        Canonical events of whole users, with `was` (the mask with its candidates) and, for bits
        of returns, `back0`.. (whether a session starts in time).
    actions : mapping of int to Action
        By bit.
    finishing : mapping of int to tuple of int or of str
        By bit, the codes or names of the events that finish a `without`.
    given : bool
        Whether the log numbers its sessions itself.
    gap : int
        Silence above which a session counts as over, in microseconds.
    last : int or ibis.IntegerScalar
        The time of the last event of the log.

    Returns
    -------
    ibis.Table
        The events and the states, in a new sequence.
    """
    states = []
    for bit, action in actions.items():
        if action.returns_within is not None:
            states.append(_returns(events, bit))
        elif action.without and action.within == SESSION:
            parts = _parts(events, gap) if given else events.mutate(part=0)
            states.append(_in_session(parts, bit, finishing[bit], gap))
        elif action.without:
            states.append(_in_time(events, bit, finishing[bit], action))
    if not states:
        return events
    every = ibis.union(*states) if len(states) > 1 else states[0]
    every = every.filter(every.t <= last)
    # States of one instant are one row, as an event of several actions is.
    merged = every.group_by(["user", "t", "place"]).agg(mask=every.bit.bit_or())
    return _among(events, merged)


def count_open(
    events: ir.Table,
    bit: int,
    action: Action,
    finishing: Names,
    *,
    silence: tuple[bool, int],
    last: int | ir.IntegerScalar,
) -> ir.IntegerScalar:
    """Count the starts of a `without` that are neither finished nor over when the log ends.

    Parameters
    ----------
    events : ibis.Table
        Canonical events of whole users.
    bit : int
        Whose bit in the mask marks the starts.
    action : Action
    finishing : tuple of int or of str
        The codes or names of the events that finish it.
    silence : (bool, int)
        Whether the log numbers its sessions itself, and the silence above which one is over.
    last : int or ibis.IntegerScalar
        The time of the last event of the log.

    Returns
    -------
    ibis.IntegerScalar
    """
    given, gap = silence
    own: dict[str, str | list[str]] = {"group_by": "user"}
    if action.within == SESSION:
        # Of all users only those who were there at the end can have a session that is not over.
        ends = events.group_by("user").agg(end=events.t.max())
        late = events.semi_join(ends.filter(ends.end + gap >= last), "user")
        late = _parts(late, gap) if given else late.mutate(part=0)
        own = {"group_by": ["user", "session", "part"]}
        over = late.t.max().over(**own) + gap < last
    else:
        span = span_of(action)
        late = events.filter(events.t + span >= last).mutate(part=0)
        over = late.t + span < last
    done = late.seq.max(where=late.event.isin(finishing)).over(**own).fill_null(-1)
    starts = late.mutate(over=over, done=done).filter((late.mask & (1 << bit)) != 0)
    return starts.count(where=~starts.over & (starts.seq > starts.done))


def _returns(events: ir.Table, bit: int) -> ir.Table:
    back = events.filter(events[f"back{bit}"] & (events.macro == 0))
    return back.select("user", "t", place=back.seq * 2, bit=ibis.literal(1 << bit, "int64"))


def _parts(events: ir.Table, gap: int) -> ir.Table:
    """Number the parts of a session that goes on after a silence longer than the gap."""
    visit = {"group_by": ["user", "session"], "order_by": "seq"}
    silent = events.mutate(pause=(events.t - events.t.lag().over(**visit) > gap).fill_null(False))
    so_far = ibis.cumulative_window(**visit)
    return silent.mutate(part=silent.count(where=silent.pause).over(so_far))


def _in_session(parted: ir.Table, bit: int, finishing: Names, gap: int) -> ir.Table:
    """States reached by the silence after a session, or after a part of it."""
    parts = parted.group_by(["user", "session", "part"]).agg(
        begun=parted.seq.max(where=(parted.was & (1 << bit)) != 0),
        finished=parted.seq.max(where=parted.event.isin(finishing)),
        end=parted.t.max(),
    )
    left = parts.filter(parts.begun.notnull() & (parts.finished.fill_null(-1) < parts.begun))
    return _state(left, left.end + (gap + 1), bit)


def _in_time(events: ir.Table, bit: int, finishing: Names, action: Action) -> ir.Table:
    """States reached when the time to finish is over."""
    span = span_of(action)
    ahead = ibis.window(group_by="user", order_by="seq", following=(1, None))
    finish = events.event.isin(finishing).ifelse(events.t, None).min().over(ahead)
    begun = events.mutate(finish=finish).filter((events.was & (1 << bit)) != 0)
    left = begun.filter((begun.finish - begun.t > span).fill_null(True))
    return _state(left, left.t + (span + 1), bit)


def _state(rows: ir.Table, t: ir.IntegerValue, bit: int) -> ir.Table:
    return rows.select(
        "user",
        t=t,
        place=ibis.literal(_AHEAD, "int64"),
        bit=ibis.literal(1 << bit, "int64"),
    )


def _among(events: ir.Table, states: ir.Table) -> ir.Table:
    """Sort states among the events; session and quiet time before it are those so far."""
    rows = events.mutate(
        place=events.seq * 2 + 1,
        so_far=events.seq * _ROOM + events.session,
        quiet=events.seq * _AWAY + events.away,
    )
    blank = {
        "event": event_of_states(events.event), "macro": 0, "value": 0, "opens": 0, "tie": 0,
        "seq": 0, "session": 0, "away": 0,
        **{name: 0 for name in ("click", "bucket") if name in events.columns},
    }  # fmt: skip
    kept = ("user", "t", "place", "mask", "so_far", "quiet", *blank)
    types = events.schema()
    filled = states.mutate(
        so_far=ibis.null("int64"),
        quiet=ibis.null("int64"),
        **{name: ibis.literal(value, types[name]) for name, value in blank.items()},
    )
    both = ibis.union(rows.select(*kept), filled.select(*kept))
    order = {"group_by": "user", "order_by": ["t", "place"]}
    so_far = ibis.cumulative_window(**order)
    placed = both.mutate(
        seq=ibis.row_number().over(**order),
        session=(both.so_far.max().over(so_far) % _ROOM).cast(types["session"]),
        away=both.quiet.max().over(so_far) % _AWAY,
    )
    return placed.select("user", "t", "mask", *blank)
