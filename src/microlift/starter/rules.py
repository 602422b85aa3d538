"""Rules beyond single events that are worth a look: many pages, a form left, a return.

Each is found in the engine as a run would find it, with one first time a user, so that its figures
stand beside those of the events. A run orders events of one time by more than is looked at here,
so that a figure may differ by a few users from what `check` counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from microlift.events.times import DAY, MINUTE
from microlift.plan.actions import Kind
from microlift.plan.fields import MAX_NAME
from microlift.starter.columns import shown
from microlift.starter.lexicon import holds, shared, simple
from microlift.starter.profile import SESSION_GAP, Profile
from microlift.starter.reading import Opened

FIRST_CODE = 400  # of rules in the table `firsts`, above the codes of events
MOST = 20  # rules that are counted
COUNTS = (5, 10, 20)  # pages of a visit from which on it is a long look
COMMON = 0.5  # share of users above which a number of pages says nothing
ALL = 0.98  # share of an event's rows from which on a condition changes nothing
READ = MINUTE
RETURN = 7 * DAY

Occurrences = Callable[[], ir.Table]


@dataclass(frozen=True)
class Rule:
    """A rule that could be an action.

    Attributes
    ----------
    name : str
    kind : str
    event : str
        Empty for a return, which looks at visits.
    keys : dict of str to str
        What a plan says beside name, event and kind.
    said : str
        What it is, for people.
    first : bool
        Whether one would begin with it, where it holds for enough users.
    """

    name: str
    kind: Kind
    event: str
    keys: dict[str, str]
    said: str
    first: bool


@dataclass(frozen=True)
class Found:
    """A rule with its rows, and the users to whom it applies."""

    rule: Rule
    rows: int
    users: int


def find_rules(log: Opened, found: Profile, macro: Sequence[str] | None) -> tuple[Found, ...]:
    """Find the rules that a log speaks for.

    Parameters
    ----------
    log : Opened
        After `profile`.
    found : Profile
    macro : sequence of str or None
        None where sequences are not made of visits: then no rule is looked for.

    Returns
    -------
    tuple of Found
        The engine then holds the table ``ruled`` (u, s, t, e, where e is 400 and more, by place),
        and ``firsts`` also the first time of each rule.
    """
    con = log.con
    names = {simple(event.name) for event in found.events}
    offered: list[tuple[Rule, Occurrences]] = []
    if macro is not None:
        offered = [*_of_pages(log, found), *_of_forms(log, found, macro)]
        offered += [*_of_conditions(log, macro), *_of_returns(log, found)]
    offered = [each for each in offered if each[0].name not in names and _short(each[0])][:MOST]
    empty = con.table("moves").filter(ibis.literal(False)).select("u", "s", "t", "e")
    tables = [
        rows().select("u", "s", "t", e=ibis.literal(FIRST_CODE + place, "int16"))
        for place, (_, rows) in enumerate(offered)
    ]
    con.create_table("ruled", ibis.union(empty, *tables) if tables else empty, temp=True)
    ruled = con.table("ruled")
    counts = ruled.group_by("e").agg(rows=ruled.count(), users=ruled.u.nunique())
    sizes = {int(r["e"]): (r["rows"], r["users"]) for r in con.to_pyarrow(counts).to_pylist()}
    con.insert("firsts", ruled.group_by(["u", "e"]).agg(t=ruled.t.min()).select("u", "e", "t"))
    return tuple(
        Found(rule, *map(int, sizes.get(FIRST_CODE + place, (0, 0))))
        for place, (rule, _) in enumerate(offered)
    )


def _short(rule: Rule) -> bool:
    """Whether a plan can be read that names its events."""
    return max(len(rule.event), len(rule.keys.get("without", ""))) <= MAX_NAME


def _of_pages(log: Opened, found: Profile) -> Iterator[tuple[Rule, Occurrences]]:
    """Many pages in a visit, and a page that was read, instead of pages one by one."""
    pages = [e for e in found.events if simple(e.name) in shared()["pages"]]
    if not pages:
        return
    page = max(pages, key=lambda each: (each.rows, each.name))
    moves = log.con.table("moves")
    mine = moves.filter(moves.e == log.names.index(page.name))
    per = mine.group_by(["u", "s"]).agg(n=mine.count())
    users = {f"n{count}": per.u.nunique(where=per.n >= count) for count in COUNTS}
    reached = log.con.to_pyarrow(per.agg(**users)).to_pylist()[0]
    some = [count for count in COUNTS if 0 < reached[f"n{count}"] <= COMMON * found.users]
    if some:
        yield _browsing(page.name, some[0]), lambda: _reached(mine, per, some[0])
    said = f"a minute or more until the next event of the visit after {shown(page.name)}"
    read = Rule("read_60s", "engagement", page.name, {"dwell": "60s"}, said, False)
    yield read, lambda: _dwelt(moves, log.names.index(page.name))


def _browsing(page: str, count: int) -> Rule:
    keys = {"at_least": str(count), "within": "session"}
    said = f"{count} or more {shown(page)} in a visit, which says more than each page by itself"
    return Rule("heavy_browsing", "engagement", page, keys, said, True)


def _reached(mine: ir.Table, per: ir.Table, count: int) -> ir.Table:
    """The events that make a visit's number full; only visits that have it are sorted."""
    long = mine.semi_join(per.filter(per.n >= count), ["u", "s"])
    place = ibis.row_number().over(group_by=["u", "s"], order_by="t")
    return long.mutate(place=place).filter(lambda t: t.place == count - 1)


def _dwelt(moves: ir.Table, code: int) -> ir.Table:
    order = {"group_by": ["u", "s"], "order_by": ["t", "e"]}
    late = moves.mutate(e0=moves.e.lag().over(**order), t0=moves.t.lag().over(**order))
    return late.filter((late.e0 == code) & (late.t - late.t0 >= READ))


def _of_forms(
    log: Opened, found: Profile, macro: Sequence[str]
) -> Iterator[tuple[Rule, Occurrences]]:
    """Forms that were begun and not sent.

    One that ends in the macro is no action: that it was left says that there was no macro.
    """
    pairs = shared()["pairs"]
    begun: dict[str, str] = {}
    done: dict[str, str] = {}
    for event in found.events:
        stem, _, last = simple(event.name).rpartition("_")
        if stem and last in pairs["start"] and not holds(stem, pairs["not"]):
            begun.setdefault(stem, event.name)
        elif stem and last in pairs["finish"]:
            done.setdefault(stem, event.name)
    for stem in sorted(begun.keys() & done.keys()):
        start, finish = begun[stem], done[stem]
        if finish in macro or start in macro:
            continue
        said = f"{shown(start)} and no {shown(finish)} after it in the visit: begun and left"
        keys = {"without": finish, "within": "session"}
        yield (
            Rule(f"{stem}_left"[:90], "friction", start, keys, said, True),
            lambda start=start, finish=finish: _left(log, start, finish),  # type: ignore[misc]
        )


def _left(log: Opened, start: str, finish: str) -> ir.Table:
    """Visits that were silent after a start without a finish: known once the gap is over."""
    moves = log.con.table("moves")
    codes = (log.names.index(start), log.names.index(finish))
    parts = moves.group_by(["u", "s"]).agg(
        begun=moves.t.max(where=moves.e == codes[0]),
        finished=moves.t.max(where=moves.e == codes[1]),
        end=moves.t.max(),
    )
    left = parts.filter((parts.begun > parts.finished.fill_null(parts.begun - 1)).fill_null(False))
    last = moves.t.max().as_scalar()
    return left.mutate(t=left.end + (SESSION_GAP + 1)).filter(lambda t: t.t <= last)


def _of_conditions(log: Opened, macro: Sequence[str]) -> Iterator[tuple[Rule, Occurrences]]:
    """Thresholds and pages, each on the event on which the condition holds most often."""
    if not log.conditions:
        return
    moves = log.con.table("moves")
    moves = moves.filter(moves.e >= 0)
    bits = range(len(log.conditions))
    counts = {f"n{i}": moves.count(where=(moves.mark & (1 << i)) != 0) for i in bits}
    table = moves.group_by("e").agg(rows=moves.count(), **counts)
    by_event = log.con.to_pyarrow(table.order_by("e")).to_pylist()
    by_event = [row for row in by_event if log.names[row["e"]] not in macro]
    for bit, each in enumerate(log.conditions):
        key = f"n{bit}"
        mine = [row for row in by_event if row[key]]
        # A page is what was seen; that something else happened on it comes behind.
        seen = [row for row in mine if simple(log.names[row["e"]]) in shared()["pages"]]
        best = max(seen or mine, key=lambda row: (row[key], -row["e"]), default=None)
        if best is None or best[key] >= ALL * best["rows"]:
            continue
        event, code = log.names[best["e"]], int(best["e"])
        share = f"{best[key]:,} of its {best['rows']:,} rows"
        said = f"{shown(event)} where {shown(each.where)}: {share}"
        yield (
            Rule(each.name, each.kind, event, {"where": each.where}, said, each.first),
            lambda code=code, bit=bit: moves.filter(  # type: ignore[misc]
                (moves.e == code) & ((moves.mark & (1 << bit)) != 0)
            ),
        )


def _of_returns(log: Opened, found: Profile) -> Iterator[tuple[Rule, Occurrences]]:
    if not found.laters:
        return
    visits = log.con.table("visits")
    soon = visits.filter(visits.later & (visits.quiet <= RETURN))
    said = "another visit within 7 days after the last"
    rule = Rule("came_back", "engagement", "", {"returns_within": "7d"}, said, False)
    # The state lies behind the end of the visit before, from where the return was open.
    yield rule, lambda: soon.select("u", s=soon.s_before, t=soon.start - soon.quiet + 1)
