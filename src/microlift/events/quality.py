"""What a log must hold to be worth an estimate; every refusal says how to mend it."""

import itertools
from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError, nearest
from microlift.events.facts import LogFacts
from microlift.events.files import Source, format_of
from microlift.events.layout import Layout
from microlift.events.lines import first_bad_json, first_bad_line, text_rows
from microlift.events.normalise import MACRO_FLAG, NO_VALUE, Coded
from microlift.events.times import DAY, FIRST_YEAR, LAST_YEAR, TIMES_READ, microseconds
from microlift.plan import AFTER_MACRO, Plan, format_duration, micros
from microlift.plan.quoting import short
from microlift.where import to_ibis

DEFAULT_CURRENCY = "USD"
SHOWN = 5
NEAR_FROM = 5_000  # event names, most frequent first, among which near ones are looked for
BAD_TEXTS = 10_000


def check_names(con: Backend, kinds: ir.Table, plan: Plan, no_macro: bool = False) -> list[str]:
    """Refuse a plan that speaks of events which the log does not have.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    kinds : ibis.Table
        From `make_kinds`.
    plan : Plan
    no_macro : bool
        Whether the log may lack the macro.

    Returns
    -------
    list of str
        Notes about names that are not in the log although others of their rule are.

    Raises
    ------
    EventsError
        If the macro, or all event names of an action, are not in the log.
    """
    named = {name for action in plan.actions for name in (*action.event, *action.without)}
    asked = named | set(plan.macro.event)
    present = kinds.filter(kinds.event.isin(sorted(asked))).select("event").distinct()
    found = set(con.to_pyarrow(present)["event"].to_pylist())
    absent = sorted(set(plan.macro.event) - found)
    if len(absent) == len(plan.macro.event) and not no_macro:
        raise EventsError(
            f"The macro {_listed(absent)} is not among the {_count(con, kinds):,} event names of "
            f"the log (nearest: {nearest(absent[0], _names(con, kinds))}), so nobody converts in "
            "it. Mend macro.event in the plan, or give the log that holds the macro; to look for "
            "where visitors are lost in a log without any, read it with no_macro=True."
        )
    for action in plan.actions:
        told = (action.event, "it could never be seen"), (action.without, "all were without it")
        for names, effect in told:
            missing = [name for name in names if name not in found]
            if names and len(missing) == len(names):
                raise EventsError(
                    f"The action {action.name!r} names the event {_listed(missing)}, which is not "
                    f"among the {_count(con, kinds):,} event names of the log (nearest: "
                    f"{nearest(missing[0], _names(con, kinds))}), so {effect}. Mend the name, or "
                    "remove it from the plan."
                )
    unseen = sorted(asked - found)
    return [f"Events of the plan that the log does not have: {_listed(unseen)}."] if unseen else []


def count_rejected(con: Backend, rows: ir.Table) -> dict[str, int]:
    """Count the rows that cannot be used, each under the first reason that holds.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `rows_of`.

    Returns
    -------
    dict of str to int
        Only reasons that occur.
    """
    nobody = rows.user.isnull() | (rows.user == "")
    no_event = rows.event.isnull() | (rows.event == "")
    reason = ibis.cases(
        (nobody & no_event & ~rows.timed, "unreadable row"),
        (nobody, "no user"),
        (~rows.timed, "no time"),
        (~rows.readable, "unreadable time"),
        (no_event, "no event"),
        else_=ibis.null("string"),
    )
    named = rows.select(reason=reason)
    counts = named.filter(named.reason.notnull()).group_by("reason").agg(n=lambda t: t.count())
    found = con.to_pyarrow(counts.order_by("reason")).to_pylist()
    return {row["reason"]: int(row["n"]) for row in found}


def check_rejected(
    con: Backend, source: Source, total: int, rejected: dict[str, int], plan: Plan
) -> None:
    """Refuse a log of which too large a share cannot be used.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    source : Source
    total : int
        Rows of the input, unreadable lines included.
    rejected : dict of str to int
        Of them by reason.
    plan : Plan
        Its ``log.max_rejected`` is the limit.

    Raises
    ------
    EventsError
        Above the limit, or if nothing is left.
    """
    left_out = sum(rejected.values())
    if not left_out or (left_out < total and left_out <= plan.log.max_rejected * total):
        return
    reasons = ", ".join(f"{reason}: {count:,}" for reason, count in sorted(rejected.items()))
    place = first_bad_line(con) if "unreadable line" in rejected else ""
    if broken := say_broken(con, source, rejected):
        place += f"; {broken[0].rstrip('.')}"
    if "unreadable time" in rejected and plan.log.format is None and not plan.log.sources:
        place += _first_bad_time(con, source, plan)
    raise EventsError(
        f"The log {source.given!r} has {left_out:,} of {total:,} rows that cannot be used "
        f"({reasons}){place}. That is {left_out / total:.1%}, above the {plan.log.max_rejected:.1%}"
        " of log.max_rejected, and what is left would be another log. Mend the export (times: "
        f"{TIMES_READ}, of the years {FIRST_YEAR} to {LAST_YEAR}) and log.columns, or raise "
        "log.max_rejected."
    )


def say_broken(con: Backend, source: Source, rejected: dict[str, int]) -> list[str]:
    """Say where the first line stands that is no JSON, if there is one.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    source : Source
    rejected : dict of str to int
        From `count_rejected`.

    Returns
    -------
    list of str
    """
    files = tuple(file for file in source.files if format_of(file, source.given) == "json")
    if not files or "unreadable row" not in rejected:
        return []
    place = first_bad_json(replace(source, files=files, format="json"), con)
    return [f"The first line that is no JSON is {place}."] if place else []


def check_macros(con: Backend, coded: Coded, plan: Plan, no_macro: bool = False) -> list[str]:
    """Refuse a log without a macro or with negative ones; note what a macro lacks.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    coded : Coded
    plan : Plan
    no_macro : bool
        Whether the log may lack the macro.

    Returns
    -------
    list of str
        Notes.

    Raises
    ------
    EventsError
    """
    macros = coded.rows.filter(coded.rows.flags >= MACRO_FLAG)
    missing, negative = macros.v == NO_VALUE, (macros.v < 0) & (macros.v != NO_VALUE)
    counts = con.to_pyarrow(
        macros.agg(n=macros.count(), missing=missing.sum(), negative=negative.sum())
    ).to_pylist()[0]
    n = int(counts["n"])
    if n == 0 and no_macro:
        return [
            "The log has no macro at all: visits can be looked at, and what stops them; lift, "
            "ledger and weights have nothing to judge by."
        ]
    if n == 0:
        why, way = "in rows that have a user and a readable time", "Mend log.columns"
        if plan.macro.where:
            why, way = f"macros under the condition {plan.macro.where!r}", "Mend macro.where"
        raise EventsError(
            f"The log has events named {_listed(sorted(plan.macro.event))}, but 0 of them are "
            f"{why}, so nobody converts. {way} in the plan, or widen the log."
        )
    if not isinstance(plan.macro.value, str):
        return []
    if counts["negative"]:
        low = macros.filter(negative).select("v").distinct().order_by("v").limit(SHOWN)
        values = ", ".join(f"{value:g}" for value in con.to_pyarrow(low)["v"].to_pylist())
        raise EventsError(
            f"The value of {counts['negative']:,} of {n:,} macros is negative (lowest: {values}). "
            "Refunds would be shared out over actions as if these had caused them. Remove them, or "
            'keep them out with macro.where, such as "value >= 0".'
        )
    if counts["missing"]:
        return [f"{counts['missing']:,} of {n:,} macros have no readable value and count as 0."]
    return []


def check_window(first_us: int, last_us: int, plan: Plan) -> None:
    """Refuse a horizon that is longer than the data.

    Parameters
    ----------
    first_us, last_us : int
        The first and the last event, in microseconds.
    plan : Plan

    Raises
    ------
    EventsError
    """
    if micros(plan.horizon) > last_us - first_us:
        days = (last_us - first_us) / DAY
        raise EventsError(
            f"The horizon {format_duration(plan.horizon)} is longer than the log, which spans "
            f"{days:,.1f} days: 0 moments are followed to their end, so nothing can be estimated. "
            "Shorten horizon in the plan, or widen the log."
        )


def find_currency(con: Backend, raw: ir.Table, layout: Layout, plan: Plan) -> str | None:
    """Tell the one currency of the macros.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    raw : ibis.Table
        The columns of `layout`.
    layout : Layout
    plan : Plan

    Returns
    -------
    str or None
        That of the log, else that of the plan, else None.

    Raises
    ------
    EventsError
        If there are several, or the log and the plan disagree.
    """
    if layout.currency is None:
        return plan.macro.currency
    macros = raw.filter(raw[layout.event].cast("string").isin(plan.macro.event))
    if plan.macro.where:
        macros = macros.filter(to_ibis(plan.macro.where, macros))
    code = macros[layout.currency].cast("string").strip().upper()
    counts = macros.select(code=code).filter(lambda t: t.code.notnull() & (t.code != ""))
    counts = counts.group_by("code").agg(n=lambda t: t.count()).order_by([ibis.desc("n"), "code"])
    found = {row["code"]: int(row["n"]) for row in con.to_pyarrow(counts).to_pylist()}
    return judge_currencies(found, layout.currency, plan)


def judge_currencies(found: dict[str, int], column: str, plan: Plan) -> str | None:
    """Tell the one currency of macros that were counted by it, the most frequent first.

    Raises
    ------
    EventsError
    """
    if len(found) > 1:
        top = itertools.islice(found.items(), SHOWN)
        listed = ", ".join(f"{_code(code)} {n:,}" for code, n in top)
        raise EventsError(
            f"The macros are in {len(found)} currencies ({listed}), whose sum would mean nothing. "
            f'Convert them to one, or keep one with macro.where, such as "{column} = '
            f"'{_code(next(iter(found)))}'\"."
        )
    own = next(iter(found), None)
    if own and plan.macro.currency and own != plan.macro.currency:
        raise EventsError(
            f"The macros of the log are in {_code(own)} ({found[own]:,} of them), but the plan "
            f"says {plan.macro.currency}, so every weight would be in the wrong money. Mend "
            "macro.currency, or convert the log."
        )
    return own or plan.macro.currency


def _code(currency: str) -> str:
    """A code of a log in a message: as it is where it is one, else quoted and bounded."""
    return currency if currency.isalpha() and len(currency) <= 10 else short(currency)


def choose_currency(named: str | None, plan: Plan) -> tuple[str | None, list[str]]:
    """Tell in what macros are counted, and what was taken for granted.

    Parameters
    ----------
    named : str or None
        From `find_currency`.
    plan : Plan

    Returns
    -------
    currency : str or None
        None where the plan names no value: no amount of money is known then.
    notes : list of str

    Examples
    --------
    >>> plan = {"horizon": "14d", "actions": [{"name": "view", "event": "view"}]}
    >>> choose_currency("EUR", Plan.from_dict(plan | {"macro": {"event": "buy", "value": 20}}))
    ('EUR', [])
    >>> choose_currency(None, Plan.from_dict(plan | {"macro": {"event": "buy", "value": 20}}))
    ('USD', ['No currency in plan or log: USD assumed.'])
    """
    if plan.macro.value is None:
        return None, [
            "No macro.value in the plan: each macro counts 1.00 (no currency), weights are in "
            "macros."
        ]
    if named is None:
        return DEFAULT_CURRENCY, [f"No currency in plan or log: {DEFAULT_CURRENCY} assumed."]
    return named, []


def _first_bad_time(con: Backend, source: Source, plan: Plan) -> str:
    """Find where the first unreadable time stands, for the message."""
    name = plan.log.columns.timestamp
    if source.format == "parquet":
        return _first_bad_row(con, source, plan)
    rows = text_rows(source)
    while chunk := list(itertools.islice(rows, BAD_TEXTS)):
        times = [row.get(name) or None for _, _, row in chunk]
        table = ibis.memtable({"time": times}, schema={"time": "string"})
        read = con.to_pyarrow(microseconds(table.time, plan.log.timezone)).to_pylist()
        for (file, line, _), given, time in zip(chunk, times, read, strict=True):
            if given is not None and time is None:
                return f"; the first unreadable time is {given[:60]!r}, {file.name} line {line:,}"
    return ""


def _first_bad_row(con: Backend, source: Source, plan: Plan) -> str:
    for file in source.files:
        table = con.read_parquet(str(file), file_row_number=True)
        time = table[plan.log.columns.timestamp]
        bad = table.filter(time.notnull(), microseconds(time, plan.log.timezone).isnull())
        found = bad.order_by("file_row_number").limit(1)
        for row in con.to_pyarrow(found.select(time.name("time"), "file_row_number")).to_pylist():
            shown = str(row["time"])[:60]
            return (
                f"; the first unreadable time is {shown!r}, {file.name} row "
                f"{row['file_row_number'] + 1:,}"
            )
    return ""


def _names(con: Backend, kinds: ir.Table) -> list[str]:
    counted = kinds.group_by("event").agg(n=kinds.n.sum())
    top = counted.order_by([ibis.desc("n"), "event"]).limit(NEAR_FROM)
    return [str(name) for name in con.to_pyarrow(top)["event"].to_pylist()]


def _count(con: Backend, kinds: ir.Table) -> int:
    return int(con.to_pyarrow(kinds.event.nunique()).as_py())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(map(short, names[:SHOWN])) + more


def notes(facts: LogFacts, plan: Plan) -> list[str]:
    """Say what a reader of the results should know about what was read.

    Parameters
    ----------
    facts : LogFacts
    plan : Plan

    Returns
    -------
    list of str
    """
    said = []
    if facts.rejected:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in facts.rejected.items())
        said.append(
            f"{sum(facts.rejected.values()):,} of {facts.rows:,} rows left out ({reasons})."
        )
    if facts.duplicates:
        said.append(f"{facts.duplicates:,} exact duplicates counted once.")
    said += [
        f"Action {action.name!r} matches no event of this log, so it is not identified."
        for action in plan.actions
        if not facts.action_counts[action.name] and plan.takes_part(action)
    ]
    said += [
        f"Action {action.name!r} {AFTER_MACRO}."
        for action in plan.actions
        if not plan.takes_part(action)
    ]
    return said
