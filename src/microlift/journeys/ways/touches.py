"""Touches: the planned actions before each macro, counted in the engine."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.counting import segment_of
from microlift.journeys.ways.walks import parts_of, step_of, steps_of

_KEYS = ["segment", "bucket"]


@dataclass(frozen=True, eq=False)
class Touches:
    """Macros, and the actions that came before them.

    Attributes
    ----------
    macros
        segment, bucket, n (macros), value (their sum, in minor units), cut (macros so early in the
        log that the window reaches back before it), several (macros of the same user and time,
        counted as one).
    touches
        segment, bucket, action (its place in the plan): users, and the macros before which it came
        at all (`any`), first, last, and not last (`assisted`); the values of these (`any_value`
        and so on).
    """

    macros: pd.DataFrame
    touches: pd.DataFrame

    @property
    def pooled(self) -> "Touches":
        """The same for all segments together."""
        return Touches(self.macros.assign(segment=0), self.touches.assign(segment=0))


def count_touches(log: EventLog, within: int, by: str | None) -> Touches:
    """Count the macros before which each action came, within a time and after the macro before."""
    macros, touches = [], []
    for events in parts_of(log):
        every = _macros(log, events, by)
        here = log.con.create_table("macros_here", every, temp=True, overwrite=True)
        counted = here.group_by(_KEYS).agg(
            n=here.count(),
            value=here.value.sum().cast("int64"),
            cut=(here.t - within < log.facts.first_us).sum(),
            several=(here.rows - 1).sum(),
        )
        macros.append(log.con.to_pyarrow(counted).to_pandas())
        touches.append(log.con.to_pyarrow(_touches(log, events, here, within)).to_pandas())
    log.con.drop_table("macros_here", force=True)
    together = [pd.concat(parts, ignore_index=True) for parts in (macros, touches)]
    return Touches(*together)


def _macros(log: EventLog, events: ir.Table, by: str | None) -> ir.Table:
    """Macros of a user at one time are one: an order that is written in several rows."""
    macros = events.filter(events.macro == 1).mutate(segment=segment_of(log, events, by))
    return macros.group_by(["user", *_KEYS, "t"]).agg(
        seq=macros.seq.min(), value=macros.value.sum().cast("int64"), rows=macros.count()
    )


def _touches(log: EventLog, events: ir.Table, macros: ir.Table, within: int) -> ir.Table:
    # Of most users nothing leads to a macro.
    steps = steps_of(log, events.semi_join(macros, "user"))
    ends = macros.select("user", "segment", "value", macro="seq", end="t")
    # The next macro is the one that a touch leads to; an event is no touch before itself.
    led = steps.asof_join(ends, on=steps.seq < ends.macro, predicates="user")
    led = led.filter(led.macro.notnull(), led.end - led.t <= within)
    done = led.group_by(["user", *_KEYS, "macro", "value"]).agg(
        first=step_of(led.place.min()),
        last=step_of(led.place.max()),
        did=(ibis.literal(1, "int64") << step_of(led.place)).bit_or(),
    )
    each = done.mutate(action=ibis.range(len(log.plan.actions)).unnest().cast("int64"))
    each = each.filter((each.did // (ibis.literal(1, "int64") << each.action)) % 2 == 1)
    roles = {
        "any": each.action >= 0,
        "first": each["first"] == each.action,
        "last": each["last"] == each.action,
        "assisted": each["last"] != each.action,
    }
    counts = {name: role.cast("int64").sum() for name, role in roles.items()}
    values = {
        f"{name}_value": (role.cast("int64") * each.value).sum().cast("int64")
        for name, role in roles.items()
    }
    keys = [*_KEYS, "action"]
    return each.group_by(keys).agg(users=each.user.nunique(), **counts, **values)
