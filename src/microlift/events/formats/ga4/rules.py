"""Which rows of a GA4 export count: consent, days that are not final, repeated and undone sales.

Every row that is left out is counted under its reason, and said.
"""

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.aside import lay_aside
from microlift.events.engine import epoch_us, instant_in_zone
from microlift.events.files import Source
from microlift.events.formats.ga4.words import ORIGINS
from microlift.events.layout import layout_of
from microlift.plan import Plan

DENIED = "no"
NO_CONSENT = "no user (consent denied)"
REPEATED_TRANSACTION = "repeated transaction"
MILLION = 1_000_000
OFF_DAYS = 0.01  # share of events on another day than their date says, from which on it is said


@dataclass
class Kept:
    """The rows that are still in, and what was said on the way.

    Attributes
    ----------
    rows : ibis.Table
    left_out : dict of str to int
    notes : list of str
    """

    rows: ir.Table
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, count: int, note: str) -> None:
        """Count rows under a reason, and say it."""
        if count:
            self.left_out[reason] = count
            self.notes.append(note)


def keep_known(con: Backend, kept: Kept) -> None:
    """Leave out events without an id by denied consent; the other ones without are judged later.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    kept : Kept
        Changed in place.
    """
    rows = kept.rows
    # A line that could not be read has nothing at all, and is counted as such later.
    nobody = rows._account.isnull() & rows._browser.isnull() & rows._name.notnull()
    denied = (rows._consent == DENIED).fill_null(False)
    halves = rows.filter(rows._browser.notnull()).group_by("_browser")
    halves = halves.agg(named=lambda t: t._account.count(), n=lambda t: t.count())
    counts = con.to_pyarrow(
        rows.agg(
            n=rows.count(),
            denied=(nobody & denied).sum(),
            unexplained=(nobody & ~denied).sum(),
        )
    ).to_pylist()[0]
    split = halves.filter((halves.named > 0) & (halves.named < halves.n)).count()
    total, without = counts["n"], counts["denied"] or 0
    kept.rows = rows.filter(~(nobody & denied))
    kept.leave_out(
        NO_CONSENT,
        int(without),
        f"{without:,} of {total:,} events carry no id because consent was denied "
        "(privacy_info.analytics_storage: No). They are left out, so the results speak of visitors "
        "who gave it.",
    )
    if counts["unexplained"]:
        kept.notes.append(
            f"{counts['unexplained']:,} events carry no id although consent was not denied."
        )
    mixed = int(con.to_pyarrow(split).as_py())
    if mixed:
        kept.notes.append(
            f"{mixed:,} browsers (user_pseudo_id) have events with and without a user_id: what "
            "they did before they signed in counts as another user's. To go by browsers, write "
            "log.columns: {user_id: user_pseudo_id}."
        )


def keep_final(con: Backend, source: Source, kept: Kept, plan: Plan) -> None:
    """Leave out, or flag, the last days of the export: Google rewrites a day for three more.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    source : Source
    kept : Kept
        Changed in place.
    plan : Plan
        Its ``log.fresh_days``.

    Raises
    ------
    EventsError
        If no day is left.
    """
    rows, days = kept.rows, plan.log.fresh_days
    counted = rows.group_by("_day").agg(n=rows.count(), first=rows._at.min(), last=rows._at.max())
    table = con.to_pyarrow(counted.order_by("_day")).to_pylist()
    dated = [row for row in table if row["_day"]]
    if not dated:
        return
    zone = plan.log.timezone
    _compare_days(con, kept, zone)
    # Days are counted on the calendar, since a shard without events may be missing.
    last = ibis.literal(dated[-1]["_day"]).as_date("%Y%m%d")
    edge = con.to_pyarrow((last - ibis.interval(days=max(days, 1) - 1)).strftime("%Y%m%d")).as_py()
    fresh = [row for row in dated if row["_day"] >= edge]
    span = f"{edge} to {dated[-1]['_day']}"
    if days == 0:
        kept.notes.append(
            "log.fresh_days is 0: the last 3 days, which Google still rewrites, are in, so the "
            "same days may read differently tomorrow."
        )
        return
    if len(fresh) == len(dated):
        raise EventsError(
            f"The log {source.given!r} holds {len(dated):,} days ({dated[0]['_day']} to "
            f"{dated[-1]['_day']}), all of them among the last {days} of log.fresh_days, which "
            "Google still rewrites: nothing is left. Give more daily shards, or write "
            "log.fresh_days: 0."
        )
    begin = epoch_us(instant_in_zone(zone, ibis.literal(edge).as_timestamp("%Y%m%d")))
    # Without a date the time tells the day, in the plan's zone.
    early = rows._day.notnull().ifelse(rows._day < edge, rows._at < begin)
    kept.rows = rows.filter(early.fill_null(True))
    count = int(con.to_pyarrow((~early.fill_null(True)).sum()).as_py() or 0)
    kept.leave_out(
        f"last {days} days",
        count,
        f"{count:,} events of the last {days} days ({span}) are left out, since Google still "
        "rewrites them. log.fresh_days: 0 keeps them.",
    )


def _compare_days(con: Backend, kept: Kept, zone: str) -> None:
    """Say where event_date, in the property's zone, is another day than the time in the plan's."""
    rows = kept.rows
    day = rows._day.as_timestamp("%Y%m%d")
    begin, end = (epoch_us(instant_in_zone(zone, d)) for d in (day, day + ibis.interval(days=1)))
    off = (rows._at < begin) | (rows._at >= end)
    found = con.to_pyarrow(rows.agg(off=off.sum(), n=off.count())).to_pylist()[0]
    if found["n"] and (found["off"] or 0) > OFF_DAYS * found["n"]:
        kept.notes.append(
            f"{found['off'] / found['n']:.0%} of events lie on another day in log.timezone {zone} "
            "than their event_date, which is in the zone of the property. Times themselves are in "
            "UTC and not affected; name the property's zone in log.timezone."
        )


def keep_once(con: Backend, kept: Kept, plan: Plan) -> None:
    """Count a transaction once, at its first event, and less what was refunded.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    kept : Kept
        Changed in place.
    plan : Plan
        Its macro events, its column of values, and ``log.refunds``.
    """
    rows = kept.rows
    sold = rows._name.isin(plan.macro.event) & rows._transaction.notnull()
    sold = sold & (rows._name != "refund")
    order = [name for name in ("_at", *rows.columns) if name in rows.columns]
    nth = ibis.row_number().over(group_by="_transaction", order_by=list(dict.fromkeys(order)))
    sales = lay_aside(con, "sales", rows.filter(sold).mutate(_nth=nth))
    counts = con.to_pyarrow(
        sales.agg(
            n=sales.count(), again=(sales._nth > 0).sum(), macros=sales._transaction.nunique()
        )
    ).to_pylist()[0]
    again = int(counts["again"] or 0)
    kept.leave_out(
        REPEATED_TRANSACTION,
        again,
        f"{again:,} of {counts['n']:,} macros repeat a transaction_id and are counted once, at "
        "the first.",
    )
    first = sales.filter(sales._nth == 0).drop("_nth")
    first = _less_refunds(con, kept, first, rows, plan)
    kept.rows = rows.filter(~sold.fill_null(False)).union(first.select(*rows.columns))


def _less_refunds(
    con: Backend, kept: Kept, sales: ir.Table, rows: ir.Table, plan: Plan
) -> ir.Table:
    refunds = rows.filter((rows._name == "refund") & rows._transaction.notnull())
    # A refund that was sent twice is the same in its time and amount.
    refunds = refunds.select("_transaction", "_at", "_refund").distinct()
    # Without an amount all of it went back.
    refunds = refunds.group_by("_transaction").agg(
        back=refunds._refund.sum().cast("int64"), whole=(refunds._refund.fill_null(0) <= 0).any()
    )
    refunds = refunds.rename(_of="_transaction")
    _say_unmatched(con, kept, sales, rows)
    joined = sales.left_join(refunds, sales._transaction == refunds._of)
    nothing_left = joined.whole | (joined.back >= joined._revenue.fill_null(0))
    joined = joined.mutate(_undone=(joined._of.notnull() & nothing_left).fill_null(False))
    joined = lay_aside(con, "refunded_sales", joined)
    counts = con.to_pyarrow(
        joined.agg(touched=joined._of.count(), undone=joined._undone.sum())
    ).to_pylist()[0]
    touched, undone = int(counts["touched"]), int(counts["undone"] or 0)
    if plan.log.refunds == "keep" or not touched:
        if touched:
            kept.notes.append(
                f"{touched:,} macros were refunded, {undone:,} of them wholly; log.refunds: keep "
                "counts them as if they were not."
            )
        return joined
    kept.leave_out(
        "refunded",
        undone,
        f"{undone:,} macros were wholly refunded (same transaction_id) and are left out.",
    )
    name = layout_of(plan).value
    if name is not None and touched > undone:
        partly = joined._of.notnull() & (joined._revenue > 0)
        net = _net(joined, name).cast(rows[name].type())
        joined = joined.mutate(**{name: partly.fill_null(False).ifelse(net, joined[name])})
        kept.notes.append(
            f"{touched - undone:,} macros were refunded in part: their value is what is left."
        )
    return joined.filter(~joined._undone)


def _net(sales: ir.Table, name: str) -> ir.FloatingValue:
    """What is left after refunds: of our own value exactly, of any other the same share."""
    left = (sales._revenue - sales.back).cast("float64")
    if name == "value":
        return left / ibis.literal(MILLION, "float64")
    return sales[name].try_cast("float64") * left / sales._revenue.cast("float64")


def _say_unmatched(con: Backend, kept: Kept, sales: ir.Table, rows: ir.Table) -> None:
    refunds = rows.filter(rows._name == "refund")
    known = refunds.semi_join(sales, "_transaction")
    every, matched = (int(con.to_pyarrow(of.count()).as_py()) for of in (refunds, known))
    unmatched = every - matched
    if unmatched:
        kept.notes.append(
            f"{unmatched:,} refunds name no transaction_id of a macro in this log: they change "
            "nothing."
        )


def say_origins(con: Backend, kept: Kept) -> None:
    """Say from where the channel of the events was known.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    kept : Kept
        Changed in place.
    """
    counted = kept.rows.group_by("_origin").agg(n=lambda t: t.count()).order_by("_origin")
    found = {row["_origin"]: row["n"] for row in con.to_pyarrow(counted).to_pylist()}
    total = sum(found.values()) or 1
    names = [*ORIGINS, "nowhere"]
    shares = ", ".join(f"{names[place]} {n / total:.0%}" for place, n in found.items())
    kept.notes.append(f"Channel and campaign are known from: {shares} of events.")
