"""What is counted of a log, as rows of one table: cells, and all that stands beside them.

One row a count. `part` says what is counted, and which of the other columns say of what; those that
say nothing of a part are null. See `microlift.warehouse.layout` for the parts.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from microlift.events.facts import LISTED_EVENTS
from microlift.moments.space import Scheme
from microlift.plan import Plan, micros
from microlift.warehouse.layout import COUNTS, SCHEMA, cells_hash, columns_of, values_of
from microlift.warehouse.repeat import whole_facts
from microlift.warehouse.rows import valid
from microlift.warehouse.rules import recorded


def facts_of(events: ir.Table, rows: ir.Table, plan: Plan) -> ir.Table:
    """Count users, events, sessions, macros and empty visits: one row.

    Parameters
    ----------
    events : ibis.Table
        Canonical events that were recorded.
    rows : ibis.Table
        From `distinct_rows`.
    plan : Plan

    Returns
    -------
    ibis.Table
        `starts` is 1 where the start of a session is a moment.
    """
    end = events.macro.cast("boolean").ifelse(events.session, None).min()
    upto = events.mutate(end=end.over(group_by="user"))
    visits = upto.group_by(["user", "session"]).agg(
        opens=upto.opens.sum(),
        counts=(upto.end.isnull() | (upto.session <= upto.end)).cast("int64").max(),
        planned=((upto.mask != 0) | (upto.macro == 1)).cast("int64").max(),
    )
    before = visits.counts == 1
    if plan.macro.repeat:  # the visit of a first macro is in the log because of that
        before = before & (visits.session > 1)
    seen = visits.agg(
        users=visits.user.nunique(),
        sessions=visits.opens.sum().cast("int64"),
        empty=before.ifelse(visits.opens - visits.planned, 0).sum().cast("int64"),
    )
    counted = events.agg(
        events=events.count(),
        first_us=events.t.min(),
        last_us=events.t.max(),
        macros=events.macro.sum().cast("int64"),
        value=events.value.sum().cast("int64"),
    )
    bought = rows.filter(rows.macro == 1)
    never = bought.macro == 0
    missing, negative = (bought.known == 0, bought.v < 0) if "v" in rows.columns else (never, never)
    money = bought.agg(missing=bought.count(where=missing), negative=bought.count(where=negative))
    if plan.macro.repeat:
        counted = counted.drop("first_us", "last_us").cross_join(whole_facts(events, rows))
    facts = seen.cross_join(counted).cross_join(money)
    return facts.mutate(starts=(100 * facts.empty > facts.sessions).cast("int64"))


def cells_of(moments: list[ir.Table], scheme: Scheme) -> ir.Table:
    """Count moments by state, what comes next, and bucket.

    Parameters
    ----------
    moments : list of ibis.Table
        Of each kind, with the fields of a cell's key and its counts.
    scheme : Scheme

    Returns
    -------
    ibis.Table
    """
    keys, parts = [field.name for field in scheme.key], []
    for table in moments:
        own = {name: table[name] for name in COUNTS if name in table.columns}
        # With visits lift and journey value judge the same outcome.
        own = {"n_lift": table.n_mature, "y_lift": table.y, "n_cut": ibis.literal(0)} | own
        parts.append(
            table.select(
                **{name: table[name].cast("int64") for name in keys},
                **{name: own[name].cast("int64") for name in COUNTS},
            )
        )
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    sums = {name: every[name].sum().cast("int64") for name in COUNTS}
    return every.group_by(keys).agg(**sums)


def result_of(
    plan: Plan,
    scheme: Scheme,
    typed: ir.Table,
    tables: dict[str, ir.Table],
    unknown: list[ir.Table],
) -> ir.Table:
    """Put all counts into one table.

    Parameters
    ----------
    plan : Plan
    scheme : Scheme
    typed : ibis.Table
        From `typed_rows`.
    tables : dict of str to ibis.Table
        rows, events, facts, moments, cells, and places where there are attributes.
    unknown : list of ibis.Table
        From `microlift.warehouse.rules.told_of`.

    Returns
    -------
    ibis.Table
    """
    cells, facts = tables["cells"], tables["facts"]
    found = [
        _about(plan, cells),
        *(_figure(facts, name) for name in values_of(plan)),
        _rejected(typed),
        *([_currencies(typed)] if "currency" in typed.columns else []),
        *_of_events(tables["events"], tables["rows"], plan),
        *([_labels(tables["places"])] if "places" in tables else []),
        *_of_moments(tables["moments"], plan),
        _macro_visits(tables["events"]),
        *(table.mutate(part=_word("rule")) for table in unknown),
        cells.mutate(part=_word("cell")),
    ]
    names = columns_of(scheme)
    return ibis.union(*(_laid_out(table, names) for table in found))


def _figure(facts: ir.Table, name: str) -> ir.Table:
    return facts.select(part=_word("fact"), name=_word(name), n=facts[name])


def _word(text: str) -> ir.StringScalar:
    return ibis.literal(text, "string")


def _laid_out(table: ir.Table, names: dict[str, dt.DataType]) -> ir.Table:
    return table.select(
        **{
            name: table[name].cast(kind) if name in table.columns else ibis.null(kind)
            for name, kind in names.items()
        }
    )


def _about(plan: Plan, cells: ir.Table) -> ir.Table:
    """Which plan and layout these counts are of, and how many cells there are: a seal of a kind."""
    return cells.agg(code=cells.count(), n=cells.n.sum().fill_null(0)).mutate(
        part=_word("about"), name=_word(cells_hash(plan)), flag=ibis.literal(SCHEMA, "int64")
    )


def _rejected(typed: ir.Table) -> ir.Table:
    """Rows by the first reason why they cannot be used, in the words of the embedded engine."""
    nobody, nothing = typed.user == "", typed.event == ""
    reason = ibis.cases(
        (nobody & nothing & ~typed.timed, "unreadable row"),
        (nobody, "no user"),
        (~typed.timed, "no time"),
        (typed.t.isnull(), "unreadable time"),
        (nothing, "no event"),
        else_="",
    )
    named = typed.select(name=reason)
    return named.group_by("name").agg(n=named.count()).mutate(part=_word("row"))


def _currencies(typed: ir.Table) -> ir.Table:
    macros = valid(typed).filter(lambda t: t.macro == 1)
    named = macros.select(name=macros.currency.strip().upper())
    return named.group_by("name").agg(n=named.count()).mutate(part=_word("currency"))


def _of_events(events: ir.Table, rows: ir.Table, plan: Plan) -> list[ir.Table]:
    """The most frequent events and those of the plan; the sets of actions that there are."""
    asked = {name for action in plan.actions for name in (*action.event, *action.without)}
    asked |= set(plan.macro.event)
    real = recorded(events, plan)
    names = real.group_by(name=real.event).agg(n=lambda t: t.count())
    if plan.macro.repeat:  # a name of the plan may be known, and of no event after a first macro
        known = rows.select(name="event").distinct()
        found = known.left_join(names, "name")
        names = found.select(name=known.name, n=names.n.fill_null(0))
    order = [ibis.desc("n"), ibis.asc("name")]
    ranked = names.mutate(code=ibis.row_number().over(order_by=order).cast("int64"))
    listed = ranked.filter((ranked.code < LISTED_EVENTS) | ranked.name.isin(sorted(asked)))
    masks = events.group_by("mask").agg(n=events.count())
    return [listed.mutate(part=_word("event")), masks.mutate(part=_word("mask"))]


def _labels(places: ir.Table) -> ir.Table:
    """Labels of the attributes and how many users have each, or have none in time."""
    labels = places.group_by(["attr", "place", "label", "late"]).agg(n=places.n.sum().cast("int64"))
    return labels.select(
        part=_word("label"), name=labels.label, mask=labels.late, code=labels.attr,
        flag=labels.place, n=labels.n,
    )  # fmt: skip


def _of_moments(rows: ir.Table, plan: Plan) -> list[ir.Table]:
    own = (rows.macro == 1).ifelse(0, rows.mask)
    users = rows.group_by("user").agg(mask=own.bit_or(), flag=rows.macro.max())
    doers = users.group_by(["mask", "flag"]).agg(n=users.count()).mutate(part=_word("doers"))
    before = rows.filter(rows.macro == 0)
    done = before.group_by("mask").agg(n=before.count()).mutate(part=_word("occurrences"))
    acted = rows.filter(rows.covered, rows.mask != 0, rows.macro_t.notnull())
    acted = acted.filter(acted.macro_t <= acted.t + micros(plan.horizon))
    tied = ((acted.t == acted.macro_t) & (acted.tie == 1)) | (acted.macro == 1)
    fresh = acted.mask - (acted.mask & acted.done_before)
    news = acted.select(mask=fresh, flag=tied.cast("int64")).filter(lambda t: t.mask != 0)
    firsts = news.group_by(["mask", "flag"]).agg(n=news.count()).mutate(part=_word("firsts"))
    macro = (rows.macro == 1) & rows.covered
    totals = rows.agg(
        covered=rows.user.nunique(where=rows.covered),
        macros=macro.cast("int64").sum(),
        revenue=macro.ifelse(rows.value, 0).sum(),
        all_macro_users=(rows.macro == 1).cast("int64").sum(),
    )
    summed = [
        totals.select(part=_word("total"), name=_word(name), n=totals[name].fill_null(0))
        for name in totals.columns
    ]
    return [doers, done, firsts, *summed]


def _macro_visits(events: ir.Table) -> ir.Table:
    """Visits with a user's first macro, by the set of actions anywhere in them."""
    macros = events.filter(events.macro == 1)
    first = macros.group_by("user").agg(session=macros.session.min())
    inside = events.join(first, ["user", "session"])
    held = inside.group_by("user").agg(mask=inside.mask.bit_or())
    return held.group_by("mask").agg(n=held.count()).mutate(part=_word("macro_visits"))
