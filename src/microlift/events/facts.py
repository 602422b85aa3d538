"""What is said about a log: counts and dates, never a user or a row."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.normalise import REACHED, Coded
from microlift.plan import Plan

LISTED_EVENTS = 50
FINGERPRINTED_NAMES = 10_000


@dataclass(frozen=True)
class Whole:
    """The whole log, where a run is about what follows each user's first macro.

    Attributes
    ----------
    users, events, macros
        What is kept of the log.
    tied
        Macros at the very time of a user's first one, which count as part of it.
    firsts, seconds, at_once
        Users with a macro; those of them with another one later; those with one in the visit of
        the first.
    first_us, last_us
        The first and the last kept event, in microseconds since 1970 UTC.
    """

    users: int
    events: int
    macros: int
    tied: int
    firsts: int
    seconds: int
    at_once: int
    first_us: int
    last_us: int

    @property
    def told(self) -> str:
        """What the run is about, in two sentences.

        Examples
        --------
        >>> Whole(600, 31_106, 450, 0, 328, 107, 9, 0, 1).told
        'This is about the next macro of those who have had one: of 600 users 328 have a first \
macro, and 107 of these a second one later. Every journey begins at the first macro, and values \
are those of the second.'
        """
        return (
            f"This is about the next macro of those who have had one: of {self.users:,} users "
            f"{self.firsts:,} have a first macro, and {self.seconds:,} of these a second one later"
            f"{self.tied_too}. Every journey begins at the first macro, and values are those of "
            "the second."
        )

    @property
    def tied_too(self) -> str:
        """How many macros stand at the time of a first one, in brackets; nothing where none do."""
        if not self.tied:
            return ""
        return f" ({self.tied:,} at the very time of the first count as part of it)"


@dataclass(frozen=True)
class LogFacts:
    """Counts and dates of a log as it was read.

    Attributes
    ----------
    rows
        Rows of the input.
    users, events, sessions
        What is kept of them; with ``macro: {repeat: true}``, from each user's first macro on.
    duplicates
        Rows left out because another agrees with them in all that is read.
    rejected
        Rows left out by reason.
    first_us, last_us
        The first and the last kept event, in microseconds since 1970 UTC.
    currency, minor_digits
        The currency of values, and how many decimal places its minor unit stands for. None where
        the plan names no value: then each macro counts 1.
    attributes
        For each attribute of the plan what its codes mean.
    event_counts
        Kept events by name, the 50 most frequent, first the most frequent.
    action_counts
        Occurrences of each action, in the order of the plan: kept events that satisfy it, and
        states reached between them.
    macros
        Kept macro events, repeated ones of a user included; without those that open a journey.
    value
        The sum of their values in minor units.
    fingerprint
        16 hexadecimal digits that hang on the kept events alone, not on their order or files.
    empty_visits
        Sessions that start before the user's first macro in which nothing planned happens. One
        that the macro before it opened is none: it is in the log because of that.
    event_codes
        The codes of the names in `event_counts` and of those that the plan speaks of.
    attribute_values
        For each attribute how many different values the log has.
    notes
        Sentences about what a reader of the results should know.
    whole
        The whole log, where only what follows each user's first macro is kept; else None.
    """

    rows: int
    users: int
    events: int
    sessions: int
    duplicates: int
    rejected: dict[str, int]
    first_us: int
    last_us: int
    currency: str | None
    minor_digits: int
    attributes: dict[str, tuple[str, ...]]
    event_counts: dict[str, int]
    action_counts: dict[str, int]
    macros: int
    value: int
    fingerprint: str
    empty_visits: int
    event_codes: dict[str, int] = field(default_factory=dict)
    attribute_values: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    whole: Whole | None = None

    @property
    def first(self) -> datetime:
        """The time of the first kept event, UTC."""
        return _instant(self.first_us)

    @property
    def last(self) -> datetime:
        """The time of the last kept event, UTC."""
        return _instant(self.last_us)


def count_events(
    con: Backend, events: ir.Table, coded: Coded, plan: Plan, whole: Whole | None
) -> dict[str, Any]:
    """Count the canonical events.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    events : ibis.Table
        From `order_events`.
    coded : Coded
    plan : Plan
    whole : Whole or None
        The log that the events were cut from, which tells when it begins and ends.

    Returns
    -------
    dict of str to object
        The counted fields of `LogFacts`, under their names.
    """
    kinds = events.group_by(["event", "mask", "macro"]).agg(
        n=events.count(),
        opens=events.opens.sum(),
        value=events.value.sum().cast("int64"),
        first=events.t.min(),
        last=events.t.max(),
        mixed=_of_events(events),
    )
    groups = con.to_pyarrow(kinds).to_pylist()
    by_event: dict[int, int] = {}
    for group in (group for group in groups if group["event"] != REACHED):
        by_event[group["event"]] = by_event.get(group["event"], 0) + int(group["n"])
    top = sorted(by_event, key=lambda code: (-by_event[code], code))[:LISTED_EVENTS]
    names = _event_names(con, coded, top)
    codes = {name: code for code, name in names.items()}
    users = whole.firsts if whole else int(con.to_pyarrow(coded.users.count()).as_py())
    return {
        "users": users,
        "events": sum(by_event.values()),
        "sessions": sum(int(group["opens"]) for group in groups),
        "first_us": whole.first_us if whole else min(int(group["first"]) for group in groups),
        "last_us": whole.last_us if whole else max(int(group["last"]) for group in groups),
        "event_counts": {names[code]: by_event[code] for code in top},
        "action_counts": {
            action.name: sum(int(g["n"]) for g in groups if g["mask"] >> i & 1)
            for i, action in enumerate(plan.actions)
        },
        "macros": sum(int(group["n"]) for group in groups if group["macro"]),
        "value": sum(int(group["value"]) for group in groups),
        "empty_visits": empty_visits(con, events, opened=plan.macro.repeat),
        "event_codes": codes | _planned_codes(con, coded, plan),
        "attribute_values": _attribute_values(con, coded, plan),
        "fingerprint": _fingerprint(con, sum(int(group["mixed"]) for group in groups), coded),
    }


def _instant(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _event_names(con: Backend, coded: Coded, codes: list[int]) -> dict[int, str]:
    kinds = coded.kinds
    named = kinds.filter(kinds.event_code.isin(codes)).select("event_code", "event").distinct()
    return {int(r["event_code"]): str(r["event"]) for r in con.to_pyarrow(named).to_pylist()}


def _planned_codes(con: Backend, coded: Coded, plan: Plan) -> dict[str, int]:
    asked = {name for action in plan.actions for name in action.event} | set(plan.macro.event)
    named = coded.kinds.filter(coded.kinds.event.isin(sorted(asked)))
    found = con.to_pyarrow(named.select("event", "event_code").distinct()).to_pylist()
    return {str(row["event"]): int(row["event_code"]) for row in found}


def _attribute_values(con: Backend, coded: Coded, plan: Plan) -> dict[str, int]:
    names, kinds = plan.log.attributes, coded.kinds
    if not names:
        return {}
    columns = [f"x{i}" for i in range(len(names))]
    different = {column: kinds[column].nunique(where=kinds[column] != "") for column in columns}
    counted = con.to_pyarrow(kinds.agg(**different)).to_pylist()[0]
    return {name: int(counted[column]) for name, column in zip(names, columns, strict=True)}


def empty_visits(con: Backend, events: ir.Table, *, opened: bool) -> int:
    """Visits up to the first macro in which nothing planned happens."""
    macros = events.filter(events.macro == 1)
    ends = macros.group_by("user").agg(end=macros.session.min())
    before = events.left_join(ends, "user")
    before = before.filter(before.end.isnull() | (before.session <= before.end))
    if opened:
        before = before.filter(before.session > 1)
    # A state reached after a visit, such as coming back, is nothing that happened in it.
    planned = ((before.event != REACHED) & (before.mask != 0)) | (before.macro == 1)
    begun = before.select("user", "session", opens=before.opens == 1, planned=planned)
    # A visit that opens with something planned holds it. Only in the others is it looked for.
    quiet = begun.filter(begun.opens & ~begun.planned)
    later = begun.filter(begun.planned & ~begun.opens)
    held = later.semi_join(quiet.select("user", "session"), ["user", "session"])
    visits = con.to_pyarrow(quiet.count()).as_py()
    if not visits:
        return 0
    visit = held.user * (1 << 31) + held.session
    return int(visits) - int(con.to_pyarrow(visit.nunique()).as_py())


def _fingerprint(con: Backend, events: int, coded: Coded) -> str:
    """Hash sums over events, users and names; a sum does not know in which order it was made."""
    people = coded.users.agg(users=_mixed(coded.users["head"].cast("int64"), coded.users.key))
    names = coded.kinds.select("event").distinct().order_by("event").limit(FINGERPRINTED_NAMES)
    said = [con.to_pyarrow(part).to_pylist() for part in (people, names)]
    return hashlib.sha256(json.dumps([[{"rows": events}], *said]).encode()).hexdigest()[:16]


def _of_events(events: ir.Table) -> ir.IntegerScalar:
    what = events.mask * 4 + events.macro * 2 + events.opens + events.event * 69_621
    when = events.t + events.session * 16_807
    return _mixed(events.user * 48_271 + events.seq, when + what + events.value)


def _mixed(first: ir.IntegerValue, second: ir.IntegerValue) -> ir.IntegerScalar:
    """Multiply two scrambled halves of 31 bits, which fits an int64, and sum what remains."""
    low = (1 << 31) - 1
    product = ((first + 16_807) & low) * ((second * 31 + (second >> 31) + 7_919) & low)
    return ((product & low) + (product >> 31)).sum().cast("int64")
