"""First-touch attributes: what a user's first events say about where the user came from."""

from collections import Counter

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.normalise import Coded
from microlift.plan import Plan

LABELS = 12  # per attribute, with '(other)' and '(none)': they become cells, and legends
CANDIDATES = 511  # labels that compete for them; the rest is '(other)' from the start
MISSING = -1
NONE, OTHER = "(none)", "(other)"


def make_traits(
    con: Backend, coded: Coded, plan: Plan
) -> tuple[ir.Table, dict[str, tuple[str, ...]]]:
    """Give every user a bucket and the codes of the attributes of first touch.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    coded : Coded
    plan : Plan

    Returns
    -------
    traits : ibis.Table
        A temporary table: user, bucket, a0.. .
    labels : dict of str to tuple of str
        For each attribute what its codes mean.
    """
    users, names = coded.users, plan.log.attributes
    users = users.select(user=users.key, bucket=users.bucket)
    if not names:
        return con.create_table("traits", users, temp=True), {}
    candidates = [_candidates(con, coded.kinds, f"x{i}") for i in range(len(names))]
    first = _first_touch(con, coded, candidates)
    labels: dict[str, tuple[str, ...]] = {}
    codes: dict[str, ir.Value] = {}
    for i, name in enumerate(names):
        counted = first.group_by(f"f{i}").agg(n=first.count())
        seen = {int(row[f"f{i}"]): int(row["n"]) for row in con.to_pyarrow(counted).to_pylist()}
        labels[name], recode = choose_labels(seen, candidates[i])
        column = first[f"f{i}"]
        branches = [(column == old, ibis.literal(new, "int16")) for old, new in recode.items()]
        codes[f"a{i}"] = ibis.cases(*branches, else_=ibis.literal(0, "int16"))
    traits = users.join(first, "user").select("user", "bucket", **codes)
    table = con.create_table("traits", traits, temp=True)
    con.drop_table("first_touch")
    return table, labels


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
        At most 12: by users, then by label, then '(other)' and '(none)' where there are any.
    recode : dict of int to int
        From candidate to place among the labels.

    Examples
    --------
    >>> choose_labels({0: 5, 1: 9, -1: 2}, ["ads", "mail"])
    (('mail', 'ads', '(none)'), {0: 1, 1: 0, -1: 2})
    """
    names = {code: _name(code, candidates) for code in users}
    totals = Counter[str]()
    for code, count in users.items():
        totals[names[code]] += count
    plain = sorted(
        (name for name in totals if name not in (NONE, OTHER)),
        key=lambda name: (-totals[name], name),
    )
    room = LABELS - (NONE in totals)
    if OTHER in totals or len(plain) > room:
        room -= 1
    chosen = plain[:room]
    has_other = OTHER in totals or len(plain) > room
    labels = (*chosen, *([OTHER] if has_other else []), *([NONE] if NONE in totals else []))
    place = {label: i for i, label in enumerate(labels)}
    return labels, {code: place.get(name, place.get(OTHER, 0)) for code, name in names.items()}


def _name(code: int, candidates: list[str]) -> str:
    if code == MISSING:
        return NONE
    return candidates[code] if code < len(candidates) else OTHER


def _candidates(con: Backend, kinds: ir.Table, name: str) -> list[str]:
    """The labels that may get a code of their own: most rows first, then by label."""
    labels = kinds.filter(kinds[name] != "").group_by(name).agg(n=kinds.n.sum())
    top = labels.order_by([ibis.desc("n"), ibis.asc(name)]).limit(CANDIDATES)
    return [str(label) for label in con.to_pyarrow(top)[name].to_pylist()]


def _first_touch(con: Backend, coded: Coded, candidates: list[list[str]]) -> ir.Table:
    """Find each user's first known label: time and code in one number, of which the least wins."""
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
    first = timed.group_by("user").agg(
        **{
            name: ((timed.since * width + timed[name]).min() % width).fill_null(MISSING)
            for name in fields
        }
    )
    first = con.create_table("first_touch", first, temp=True)
    con.drop_table("combos")
    return first
