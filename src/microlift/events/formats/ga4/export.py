"""Reading the daily shards of a GA4 export into flat rows."""

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError, nearest
from microlift.events.aside import lay_aside
from microlift.events.files import Source, empty_log
from microlift.events.formats.flat import Flat, explicit, fill_in, refuse_identities
from microlift.events.formats.ga4.fields import IDENTITIES, SEQUENCE, entries
from microlift.events.formats.ga4.rules import Kept, keep_final, keep_known, keep_once, say_origins
from microlift.events.formats.ga4.shards import open_shards, without_early
from microlift.events.formats.ga4.words import (
    BOOKKEEPING,
    ROLES,
    Word,
    is_entry,
    paths_of,
    word,
)
from microlift.events.layout import layout_of
from microlift.plan import Plan

ROWS = "flat_rows"
KEYS_LOOKED_AT = 2_000
_SAID = {
    "user_id": "user_id, else user_pseudo_id",
    "timestamp": "event_timestamp (microseconds UTC)",
    "event": "event_name",
    "session_id": "the parameter ga_session_id",
    "value": "ecommerce.purchase_revenue, else the parameter value",
    "currency": "the parameter currency",
    "click_id": "no field",  # only where the plan names one
}


def read_ga4(source: Source, con: Backend, plan: Plan, *, lenient: bool = False) -> Flat:
    """Read a GA4 export as flat rows, and apply what holds for every such export.

    Parameters
    ----------
    source : Source
        JSON lines or Parquet.
    con : ibis.backends.duckdb.Backend
    plan : Plan
        Of ``log.format: ga4``. Each name that it reads is one of our words (user_id, channel,
        campaign, device, value...), a field of the export by its path, or an event parameter.
    lenient : bool, default False
        Whether a name that no event has is empty instead of refused.

    Returns
    -------
    Flat

    Raises
    ------
    EventsError
        If the files are no such export, a shard differs from the others, a name of the plan is in
        none of the events, or no final day is left.
    """
    if source.format == "csv":
        raise EventsError(
            f"The log {source.given!r} is CSV, but log.format: ga4 means the nested export of "
            "BigQuery, which is JSON lines or Parquet. Export it so, or remove log.format and name "
            "the columns in log.columns."
        )
    refuse_identities(plan, IDENTITIES)
    meant = fill_in(plan, ROLES, SEQUENCE)
    source, passed_over = without_early(source)
    names = _names(plan, meant)
    words = {**names, **BOOKKEEPING}
    groups, lacking = open_shards(source, con, paths_of(words.values()))
    flats = [table.select(**{n: make(table) for n, (_, make) in words.items()}) for table in groups]
    if not flats:
        raise empty_log(source)
    rows = lay_aside(con, ROWS, ibis.union(*flats) if len(flats) > 1 else flats[0])
    total = int(con.to_pyarrow(rows.count()).as_py())
    if total == 0:
        raise empty_log(source)
    missing = _missing_entries(con, rows, [name for name in names if is_entry(name)])
    if missing and not lenient:
        raise _no_such_entry(con, source, groups, missing)
    kept = Kept(rows, notes=[_mapping(plan, meant), *passed_over, *lacking])
    keep_known(con, kept)
    keep_final(con, source, kept, plan)
    keep_once(con, kept, meant)
    if {"channel", "campaign"} & set(names):
        say_origins(con, kept)
    flat = kept.rows.select(*layout_of(meant).names)
    scratch = (ROWS, "sales", "refunded_sales")
    return Flat(flat, meant, total, kept.left_out, kept.notes, scratch, tuple(missing))


def _names(plan: Plan, meant: Plan) -> dict[str, Word]:
    """What each column of the layout stands for; those that the plan names are the export's."""
    given = set(explicit(plan).values())
    return {name: word(name, own=name not in given) for name in layout_of(meant).names}


def _mapping(plan: Plan, meant: Plan) -> str:
    given = explicit(plan)
    columns = meant.log.columns
    said = [
        f"{role} from {given[role]!r} as the plan says" if role in given else f"{role} from {text}"
        for role, text in _SAID.items()
        if getattr(columns, role) is not None
    ]
    return f"Read as a GA4 export: {'; '.join(said)}."


def _missing_entries(con: Backend, rows: ir.Table, names: list[str]) -> list[str]:
    """Which names are neither a field nor, in any event, a parameter."""
    if not names:
        return []
    counts = rows.agg(**{f"n{i}": rows[name].count() for i, name in enumerate(names)})
    found = con.to_pyarrow(counts).to_pylist()[0]
    return [name for i, name in enumerate(names) if not found[f"n{i}"]]


def _no_such_entry(
    con: Backend, source: Source, groups: list[ir.Table], missing: list[str]
) -> EventsError:
    known: set[str] = set()
    for table in groups:
        if (listed := entries(table.event_params)) is None:
            continue
        keys = listed.map(lambda each: each.key).unnest()
        distinct = table.select(key=keys).distinct().order_by("key").limit(KEYS_LOOKED_AT)
        known.update(key for key in con.to_pyarrow(distinct)["key"].to_pylist() if key)
    said = "; ".join(f"{name[:100]!r} (nearest: {nearest(name, known)})" for name in missing[:5])
    return EventsError(
        f"The log {source.given!r} has {len(known):,} event parameters, but {len(missing):,} names "
        f"that the plan reads are none of them and no field of a GA4 export: {said}. Without them "
        "the plan's words mean nothing in this log. Mend log.columns, log.attributes or the rules."
    )
