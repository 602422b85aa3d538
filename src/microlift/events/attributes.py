"""First-touch attributes: what a user's first events say about where the user came from.

An attribute is held fixed in every comparison, so it must be known before anything that is judged.
What a log fills in later (a payment method at the purchase, a tier at the first order) is known
because of what happened, and would give the outcome away. So a value counts only

- at the user's first time, or
- within ``log.session_gap`` of it, and before the user's first planned event (or the first that a
  rule of the plan looks at: what it will have been a part of is not known there).

Of a user who begins with the macro there is nothing before it. The value there counts where the
attribute is known about as often of users who begin otherwise: a channel is, a payment method is
not.

Where the journeys to the next macro are judged, nothing before the first one is: the first touch
ends there at the latest, and a value that comes with it was known before all that follows.
"""

from collections import Counter

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.normalise import MACRO_FLAG, Coded
from microlift.events.repeat import number_buyers
from microlift.plan import Plan, micros

LABELS = 12  # per attribute, with '(other)' and '(none)': they become cells, and legends
FEWEST = 10  # users behind a label that is shown: one that few have could tell who they are
CANDIDATES = 511  # labels that compete for them; the rest is '(other)' from the start
MISSING = -1
NONE, OTHER = "(none)", "(other)"
AS_OFTEN = 0.5  # known of users who begin otherwise, against those who begin with the macro
MANY = 0.1  # share of users whose value comes too late from which on this is said
_LATER = CANDIDATES + 1  # added to the code of a value that comes too late

Seen = dict[tuple[int, bool], int]


def make_traits(
    con: Backend, coded: Coded, plan: Plan
) -> tuple[ir.Table, dict[str, tuple[str, ...]], list[str]]:
    """Give every user a bucket and the codes of the attributes of first touch.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    coded : Coded
    plan : Plan

    Returns
    -------
    traits : ibis.Table
        A temporary table: user, bucket, a0.. ; of users with a macro alone, and with their number
        among them, where the next macro is asked about.
    labels : dict of str to tuple of str
        For each attribute what its codes mean.
    notes : list of str
        Attributes that the log fills in too late for many users.
    """
    users, names = coded.users, plan.log.attributes
    users = users.select(user=users.key, bucket=users.bucket)
    if plan.macro.repeat:
        users = number_buyers(users, coded)
    if not names:
        return con.create_table("traits", users, temp=True), {}, []
    candidates = [_candidates(con, coded.kinds, f"x{i}") for i in range(len(names))]
    first = _first_known(con, coded, candidates, plan)
    labels: dict[str, tuple[str, ...]] = {}
    codes: dict[str, ir.Value] = {}
    notes: list[str] = []
    for i, name in enumerate(names):
        column = first[f"f{i}"]
        seen = _count(con, first, f"f{i}")
        told, straight = first_touch(seen)
        counts = column < _LATER if straight else (column < _LATER) & ~first.straight
        labels[name], recode = choose_labels(told, candidates[i])
        touch = ibis.ifelse(counts, column, MISSING)
        branches = [(touch == old, ibis.literal(new, "int16")) for old, new in recode.items()]
        codes[f"a{i}"] = ibis.cases(*branches, else_=ibis.literal(0, "int16"))
        never = sum(count for (code, _), count in seen.items() if code == MISSING)
        late = told.get(MISSING, 0) - never
        notes += late_notes(name, sum(seen.values()), late, never)
    traits = users.join(first, "user").select(*users.columns, **codes)
    table = con.create_table("traits", traits, temp=True)
    con.drop_table("first_touch")
    return table, labels, notes


def first_touch(seen: Seen) -> tuple[dict[int, int], bool]:
    """Leave out what a log says too late, and what it says of a user only at the macro.

    Parameters
    ----------
    seen : dict of (int, bool) to int
        Users by the code of their first known label (-1 for none, 512 more where it comes too
        late) and by whether they begin with the macro.

    Returns
    -------
    told : dict of int to int
        Users by the code that counts, -1 for none.
    straight : bool
        Whether values count of users who begin with the macro.

    Examples
    --------
    A channel, known of 40 of 50 users and of all 5 who begin with the macro:

    >>> first_touch({(0, False): 40, (-1, False): 10, (0, True): 5})
    ({0: 45, -1: 10}, True)

    A payment method, known of the others only later:

    >>> first_touch({(512, False): 40, (-1, False): 10, (0, True): 5})
    ({-1: 55}, False)
    """
    known, users = Counter[bool](), Counter[bool]()
    for (code, begins), count in seen.items():
        users[begins] += count
        known[begins] += count * (0 <= code < _LATER)
    # Shares compared without dividing: either side may have no users.
    straight = known[False] * users[True] >= AS_OFTEN * known[True] * users[False]
    straight = straight and users[False] > 0
    told = Counter[int]()
    for (code, begins), count in seen.items():
        counts = code < _LATER and (straight or not begins)
        told[code if counts else MISSING] += count
    return dict(told), straight


def choose_labels(
    users: dict[int, int], candidates: list[str]
) -> tuple[tuple[str, ...], dict[int, int]]:
    """Pick the labels that most users have; what is rare, and what is missing, get one each.

    Parameters
    ----------
    users : dict of int to int
        Users per candidate; -1 for none, the number of candidates or more for all others.
    candidates : list of str

    Returns
    -------
    labels : tuple of str
        At most 12: by users, then by label, then '(other)' and '(none)' where there are any. A
        label that fewer than 10 users have is among the others.
    recode : dict of int to int
        From candidate to place among the labels.

    Examples
    --------
    >>> choose_labels({0: 50, 1: 90, 2: 9, -1: 2}, ["ads", "mail", "talk at the fair"])
    (('mail', 'ads', '(other)', '(none)'), {0: 1, 1: 0, 2: 2, -1: 3})
    """
    names = {code: _name(code, candidates) for code in users}
    totals = Counter[str]()
    for code, count in users.items():
        totals[names[code]] += count
    plain = sorted(totals.keys() - {NONE, OTHER}, key=lambda name: (-totals[name], name))
    room = LABELS - (NONE in totals)
    if OTHER in totals or len(plain) > room:
        room -= 1
    chosen = [name for name in plain[:room] if totals[name] >= FEWEST]
    has_other = OTHER in totals or len(plain) > len(chosen)
    labels = (*chosen, *([OTHER] if has_other else []), *([NONE] if NONE in totals else []))
    place = {label: i for i, label in enumerate(labels)}
    return labels, {code: place.get(name, place.get(OTHER, 0)) for code, name in names.items()}


def _name(code: int, candidates: list[str]) -> str:
    if code == MISSING:
        return NONE
    return candidates[code] if code < len(candidates) else OTHER


def late_notes(name: str, users: int, late: int, never: int) -> list[str]:
    """Say of an attribute that the log fills it in too late for many users.

    Parameters
    ----------
    name : str
    users : int
    late, never : int
        For how many of them it is known too late, and for how many not at all.

    Returns
    -------
    list of str

    Examples
    --------
    >>> late_notes("tier", 100, 40, 10)
    ["Attribute 'tier' is known for 50% of users at their first touch and for 90% in the whole \
log: later values are not used, since they may be known because of what happened."]
    """
    if late <= MANY * users:
        return []
    early, ever = 1 - (late + never) / users, 1 - never / users
    return [
        f"Attribute {name!r} is known for {early:.0%} of users at their first touch and for "
        f"{ever:.0%} in the whole log: later values are not used, since they may be known because "
        "of what happened."
    ]


def _count(con: Backend, first: ir.Table, name: str) -> Seen:
    counted = first.group_by([name, "straight"]).agg(n=first.count())
    rows = con.to_pyarrow(counted).to_pylist()
    return {(int(row[name]), bool(row["straight"])): int(row["n"]) for row in rows}


def _candidates(con: Backend, kinds: ir.Table, name: str) -> list[str]:
    """The labels that may get a code of their own: most rows first, then by label."""
    labels = kinds.filter(kinds[name] != "").group_by(name).agg(n=kinds.n.sum())
    top = labels.order_by([ibis.desc("n"), ibis.asc(name)]).limit(CANDIDATES)
    return [str(label) for label in con.to_pyarrow(top)[name].to_pylist()]


def _first_known(con: Backend, coded: Coded, candidates: list[list[str]], plan: Plan) -> ir.Table:
    """Find each user's first known label, whether it comes too late, and who begins with the macro.

    Time and code are one number, of which the least wins. Where the first known label comes too
    late every other does, so one pass over the rows tells all.
    """
    rows, width = coded.rows, CANDIDATES + 1
    combos = coded.kinds
    for i, labels in enumerate(candidates):
        codes = ibis.memtable(
            {"label": labels, "code": list(range(len(labels)))},
            schema={"label": "string", "code": "int64"},
        )
        known = combos.left_join(codes, combos[f"x{i}"] == codes.label)
        blank = known[f"x{i}"] == ""
        code = ibis.ifelse(blank, ibis.null("int64"), known.code.fill_null(CANDIDATES))
        combos = known.mutate(**{f"f{i}": code}).drop("label", "code")
    fields = [f"f{i}" for i in range(len(candidates))]
    combos = con.create_table("combos", combos.select("combo", *fields).distinct(), temp=True)
    start = int(con.to_pyarrow(rows.t.min()).as_py() or 0)
    timed = rows.mutate(combo=rows.k % coded.combos, since=rows.t - start).join(combos, "combo")
    users = timed.group_by("user").agg(
        begin=timed.since.min(),
        planned=timed.since.min(where=timed.flags >= (MACRO_FLAG if plan.macro.repeat else 1)),
        macro=timed.since.min(where=timed.flags >= MACRO_FLAG),
        **{name: (timed.since * width + timed[name]).min() for name in fields},
    )
    if plan.macro.repeat:
        users = users.filter(users.macro.notnull())
    gap = micros(plan.log.session_gap)
    columns: dict[str, ir.Value] = {}
    for name in fields:
        code, at = users[name] % width, users[name] // width
        unplanned = (at < users.planned) | users.planned.isnull()
        in_time = (at == users.begin) | ((at <= users.begin + gap) & unplanned)
        columns[name] = ibis.ifelse(in_time, code, code + _LATER).fill_null(MISSING)
    straight = (users.macro == users.begin).fill_null(False) & (not plan.macro.repeat)
    first = con.create_table(
        "first_touch", users.select("user", straight=straight, **columns), temp=True
    )
    con.drop_table("combos")
    return first
