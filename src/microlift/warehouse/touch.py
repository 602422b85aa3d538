"""First-touch attributes in operations that every engine has.

The rules, and the reasons for them, are those of `microlift.events.attributes`. The tables here are
small: one row a label, or one a user.
"""

import ibis
import ibis.expr.types as ir

from microlift.events.attributes import CANDIDATES, LABELS, NONE, OTHER
from microlift.plan import Plan, micros

_LATER = CANDIDATES + 1  # added to the number of a label that comes too late
REST, MISSING = LABELS, LABELS + 1  # places behind those of the labels that have one


def numbered_labels(typed: ir.Table, plan: Plan) -> ir.Table:
    """Number the labels of each attribute: most rows first, then by label.

    Parameters
    ----------
    typed : ibis.Table
        From `typed_rows`: every row with an event counts, as the embedded engine counts them.
    plan : Plan

    Returns
    -------
    ibis.Table
        attr (the place of the attribute in the plan), label, code.
    """
    named, tables = typed.filter(typed.event != ""), []
    for i in range(len(plan.log.attributes)):
        labels = named.filter(named[f"x{i}"] != "").group_by(label=named[f"x{i}"])
        labels = labels.agg(n=lambda t: t.count())
        first = ibis.row_number().over(order_by=[ibis.desc("n"), ibis.asc("label")])
        ranked = labels.select("label", code=first.cast("int64"))
        top = ranked.filter(ranked.code < CANDIDATES)
        tables.append(top.select(attr=ibis.literal(i, "int64"), label=top.label, code=top.code))
    return _together(tables)


def touched_users(rows: ir.Table, labels: ir.Table, plan: Plan) -> ir.Table:
    """Find each user's first known label, whether it comes too late, and who begins with the macro.

    Where the next macro is asked about, of users with a first one, at which the first touch ends
    at the latest: nobody begins with the macro that is judged.

    Parameters
    ----------
    rows : ibis.Table
        From `distinct_rows`.
    labels : ibis.Table
        From `numbered_labels`.
    plan : Plan

    Returns
    -------
    ibis.Table
        user, straight (1 where the macro comes first), and for each attribute f0.. : the number of
        the label, 512 more where it comes too late, -1 where there is none.
    """
    macro, repeat = rows.macro == 1, plan.macro.repeat
    planned = macro if repeat else (rows.mask != 0) | macro
    users = rows.group_by("user").agg(
        begin=rows.t.min(),
        planned=rows.t.min(where=planned),
        bought=rows.t.min(where=macro),
    )
    if repeat:
        users = users.filter(users.bought.notnull())
    begins = (users.bought == users.begin).fill_null(False).cast("int64")
    found = users.select("user", straight=ibis.literal(0, "int64") if repeat else begins)
    gap = micros(plan.log.session_gap)
    for i in range(len(plan.log.attributes)):
        own = labels.filter(labels.attr == i).select("label", "code")
        known = rows.filter(rows[f"x{i}"] != "").select("user", "t", label=f"x{i}")
        known = known.left_join(own, "label").select(
            "user", "t", code=lambda t: t.code.fill_null(CANDIDATES)
        )
        by = {"group_by": "user", "order_by": ["t", "code"]}
        ranked = known.mutate(place=ibis.row_number().over(**by))
        first = ranked.filter(ranked.place == 0).select("user", at="t", code="code")
        timed = users.join(first, "user")
        unplanned = (timed["at"] < timed.planned) | timed.planned.isnull()
        in_time = (timed["at"] == timed.begin) | ((timed["at"] <= timed.begin + gap) & unplanned)
        told = timed.select("user", **{f"f{i}": in_time.ifelse(timed.code, timed.code + _LATER)})
        joined = found.left_join(told, "user")
        found = joined.select(*found.columns, **{f"f{i}": joined[f"f{i}"].fill_null(-1)})
    return found


def placed_labels(users: ir.Table, labels: ir.Table, plan: Plan) -> ir.Table:
    """Tell which label counts for which users, and the place of each by the users that have it.

    Parameters
    ----------
    users : ibis.Table
        From `touched_users`.
    labels : ibis.Table
        From `numbered_labels`.
    plan : Plan

    Returns
    -------
    ibis.Table
        attr, found and straight (what `touched_users` says of a user), n (of how many), label,
        place: 0.. by users, 12 for the rest, 13 for none, and late: 0 where the label is known in
        time, 1 where it is known too late, 2 where it never is.
    """
    tables = []
    for i in range(len(plan.log.attributes)):
        seen = users.group_by(found=users[f"f{i}"], straight=users.straight)
        seen = seen.agg(n=lambda t: t.count())
        tables.append(seen.select("found", "straight", "n", attr=ibis.literal(i, "int64")))
    seen = _together(tables)
    begins, on_time = seen.straight == 1, (seen.found >= 0) & (seen.found < _LATER)

    def total(rows: ir.BooleanValue) -> ir.IntegerValue:
        return rows.ifelse(seen.n, 0).sum().over(group_by="attr").cast("int64")

    # Shares compared without dividing: either side may have no users.
    as_often = 2 * total(on_time & ~begins) * total(begins) >= total(on_time & begins) * total(
        ~begins
    )
    seen = seen.mutate(told=(as_often & (total(~begins) > 0)).cast("int64"))
    counts = (seen.found < _LATER) & ((seen.told == 1) | (seen.straight == 0))
    seen = seen.mutate(code=counts.ifelse(seen.found, -1)).drop("told")
    named = seen.left_join(labels, ["attr", "code"]).select(*seen.columns, label=labels.label)
    named = named.mutate(
        label=ibis.cases((named.code < 0, NONE), else_=named.label.fill_null(OTHER))
    )
    named = named.mutate(users=named.n.sum().over(group_by=["attr", "label"]).cast("int64"))
    named = named.mutate(plain=(~named.label.isin([NONE, OTHER])).cast("int64"))
    order = [ibis.desc("plain"), ibis.desc("users"), ibis.asc("label")]
    named = named.mutate(rank=ibis.dense_rank().over(group_by="attr", order_by=order))
    place = ibis.cases(
        (named.label == NONE, MISSING),
        ((named.plain == 1) & (named["rank"] < REST), named["rank"]),
        else_=REST,
    )
    late = ibis.cases((named.code >= 0, 0), (named.found >= 0, 1), else_=2)
    return named.select(
        "attr", "found", "straight", "n", "label",
        place=place.cast("int64"), late=late.cast("int64"),
    )  # fmt: skip


def with_places(events: ir.Table, users: ir.Table, placed: ir.Table, plan: Plan) -> ir.Table:
    """Give each event the places a0.. of its user's labels.

    Parameters
    ----------
    events : ibis.Table
    users : ibis.Table
        From `touched_users`.
    placed : ibis.Table
        From `placed_labels`.
    plan : Plan

    Returns
    -------
    ibis.Table
    """
    found = users
    for i in range(len(plan.log.attributes)):
        own = placed.filter(placed.attr == i).select(
            straight="straight", **{f"f{i}": placed.found, f"a{i}": placed.place}
        )
        found = found.join(own, ["straight", f"f{i}"]).select(*found.columns, f"a{i}")
    names = [f"a{i}" for i in range(len(plan.log.attributes))]
    found = found.select("user", *names)
    return events.join(found, "user").select(*events.columns, *names)


def _together(tables: list[ir.Table]) -> ir.Table:
    return ibis.union(*tables) if len(tables) > 1 else tables[0]
