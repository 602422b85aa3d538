"""From raw columns to coded rows: small integers that order as the texts do, and no nulls.

Texts are looked up once, at the door. What is expensive (hashing a user id, evaluating rules by
event name, ranking labels) happens on the few distinct values, not on the rows.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events import amounts
from microlift.events.engine import without_nul
from microlift.events.layout import Layout, need_flat
from microlift.events.stretches import put_in_stretches, stretches_for
from microlift.events.times import is_readable, microseconds
from microlift.plan import Plan
from microlift.where import to_ibis

BUCKETS = 128
HEX = "0123456789abcdef"
HEAD = 7  # digits of a digest that tell users apart in a fingerprint
MACRO_RANK = 31  # behind unplanned (0) and the at most 30 actions
AFTER_RANK = 32  # and behind it the actions of which the plan says that they come after it
RANKS = 62
MACRO_FLAG = 1 << 30  # the bit above those of the actions
MAX_VALUE = 1e15  # beyond, minor units leave the integers that float64 holds exactly
NO_VALUE = float("-inf")
CODED = "coded_rows"
CLICK_MARKS = "click_marks"  # by which clicks are known again, when their ids are asked for
NO_CLICK = ("(not set)", "null", "undefined")  # what tags write where a visit has no click id
REACHED = -1  # the event of a row that is a state reached between events


@dataclass(frozen=True)
class Coded:
    """The rows of a log as integers, and what is needed to read them.

    Attributes
    ----------
    rows : ibis.Table
        From `put_in_stretches`: user, t, k (rank, event, attributes and currency in one number that
        orders as they do), flags (the mask, and above it the macro), v (the value, minus infinity
        where there is none), and where the plan asks for them sid, s0.., h, click.
    users : ibis.Table
        From `make_users`.
    kinds : ibis.Table
        The distinct combinations of event, attributes and currency.
    events, combos : int
        How many events and combinations of the rest `k` counts through.
    stretches : int
        In how many stretches of users the rows are kept.
    """

    rows: ir.Table
    users: ir.Table
    kinds: ir.Table
    events: int
    combos: int
    stretches: int = 1


def rows_of(raw: ir.Table, layout: Layout, plan: Plan) -> ir.Table:
    """Select from the raw columns what the coding needs, one row an input row.

    Parameters
    ----------
    raw : ibis.Table
        The columns of `layout`, as `microlift.events.sources.open_source` gives them.
    layout : Layout
    plan : Plan

    Returns
    -------
    ibis.Table
        user, t, timed (whether a time was given), readable (whether t is known), event, x0.. and
        currency as text without nulls, c0.. the conditions, v (the value as a number), unread_value
        (its text where that is none), pointed_value (where it has a point), and sid, s0.., h, click
        if used.

    Examples
    --------
    >>> from microlift.events.layout import layout_of
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> raw = ibis.memtable({"user_id": ["u1"], "timestamp": ["1970-01-02"], "event": ["buy"]})
    >>> rows_of(raw, layout_of(plan), plan).select("user", "t").to_pyarrow().to_pylist()
    [{'user': 'u1', 't': 86400000000}]
    """
    need_flat(raw, layout)
    time = raw[layout.time]
    texts = {f"x{i}": without_nul(_text(raw[name])) for i, name in enumerate(layout.attributes)}
    if layout.currency:
        texts["currency"] = without_nul(_text(raw[layout.currency]))
    rules = [plan.macro.where, *(action.where for action in plan.actions)]
    conditions = {f"c{i}": to_ibis(rule, raw) for i, rule in enumerate(rules) if rule}
    keys: dict[str, ir.Value] = {}
    if layout.session:
        keys["sid"] = _text(raw[layout.session])
    if layout.click:
        click = without_nul(_text(raw[layout.click])).strip()
        keys["click"] = click.isin(NO_CLICK).ifelse("", click)
    places = [place for name in layout.sequence for place in _in_order(raw[name])]
    keys |= {f"s{i}": place for i, place in enumerate(places)}
    if layout.others:
        # Rows that differ in nothing but these are apart, yet their order changes nothing.
        keys["h"] = ibis.struct({name: raw[name] for name in layout.others}).hash()
    if layout.value and raw[layout.value].type().is_string():
        keys[amounts.SAID] = amounts.unread(raw[layout.value], _number(raw[layout.value]))
        keys[amounts.POINTED] = amounts.pointed(raw[layout.value])
    return raw.select(
        user=_known(raw[layout.user]).cast("string"),
        t=microseconds(time, plan.log.timezone),
        timed=_text(time) != "" if time.type().is_string() else time.notnull(),
        readable=is_readable(time, plan.log.timezone),
        event=without_nul(raw[layout.event].cast("string")),
        **texts,
        **conditions,
        v=_sortable_value(raw, layout),
        **keys,
    )


def _in_order(column: ir.Value) -> list[ir.Value]:
    """What puts rows into the order of a sequence column: of texts, the numbers that they spell.

    CSV and JSON lines know texts alone, of which "10" would come before "9". Texts that are no
    numbers come first, in the order of texts.
    """
    return [column.try_cast("int64"), column] if column.type().is_string() else [column]


def make_kinds(con: Backend, rows: ir.Table, plan: Plan) -> ir.Table:
    """Rank the distinct combinations of event, attributes and currency.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `rows_of`.
    plan : Plan

    Returns
    -------
    ibis.Table
        A temporary table: event, x0.., currency; n (rows); event_code and combo, whose order is
        that of the texts; mask and macro by event name alone, as far as no condition decides.
    """
    labels = label_names(rows)
    named = rows.filter(rows.event.notnull() & (rows.event != ""))
    kinds = named.group_by(labels).agg(n=named.count())
    return con.create_table("kinds", rank_kinds(kinds, plan), temp=True)


def rank_kinds(kinds: ir.Table, plan: Plan) -> ir.Table:
    """Add codes that order as the texts do, and what the event name alone decides."""
    labels = label_names(kinds)
    return kinds.mutate(
        event_code=ibis.dense_rank().over(order_by="event"),
        combo=ibis.dense_rank().over(order_by=labels[1:]) if labels[1:] else ibis.literal(0),
        mask=_plain_mask(kinds, plan),
        macro=kinds.event.isin(plan.macro.event).cast("int8"),
    )


def code_rows(con: Backend, rows: ir.Table, kinds: ir.Table, plan: Plan) -> Coded:
    """Replace texts by integers, leaving out rows without a user, a time or an event.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `rows_of`.
    kinds : ibis.Table
        From `make_kinds`.
    plan : Plan

    Returns
    -------
    Coded
    """
    users = make_users(con, rows)
    sizes = con.to_pyarrow(
        kinds.agg(
            events=kinds.event_code.max() + 1, combos=kinds.combo.max() + 1, rows=kinds.n.sum()
        )
    ).to_pylist()[0]
    events, combos = int(sizes["events"] or 1), int(sizes["combos"] or 1)
    # Without conditions the kind of a row says it all, and is judged once a kind.
    ruled = any([plan.macro.where, *(action.where for action in plan.actions)])
    judged = kinds if ruled else judge(kinds, plan, events, combos)
    # The joins drop rows without a user or an event: neither table knows an empty one.
    timed = rows.filter(rows.readable)
    numbered = _numbered(con, timed, users)
    joined = numbered.join(judged, label_names(rows))
    if ruled:
        joined = judge(joined, plan, events, combos)
    keys = {name: joined[name] for name in joined.columns if is_key(name)}
    coded = joined.select("t", "k", "flags", "v", user=joined.key, **keys)
    if "sid" in keys:
        coded = _code_sessions(con, rows, coded)
    if "click" in keys:
        coded = _code_clicks(con, rows, coded)
    stretches = stretches_for(con, int(sizes["rows"] or 0), plan)
    people = int(con.to_pyarrow(users.count()).as_py())
    coded = put_in_stretches(con, CODED, coded, people, stretches)
    return Coded(coded, users, kinds, events, combos, stretches)


def _numbered(con: Backend, rows: ir.Table, users: ir.Table) -> ir.Table:
    """Give each row the number of its user, looked up by a hash of the id.

    Numbers are compared faster than texts. Where two ids share a hash (as likely as not among five
    billion of them) the ids themselves are compared.
    """
    sizes = con.to_pyarrow(users.agg(n=users.count(), marks=users.mark.nunique())).to_pylist()[0]
    if sizes["n"] != sizes["marks"]:
        return rows.join(users.select("user_id", "key"), rows.user == users.user_id)
    named = rows.filter(rows.user.notnull() & (rows.user != ""))
    named = named.mutate(mark=named.user.hash())
    return named.join(users.select("mark", "key"), "mark")


def valid(rows: ir.Table) -> ir.Table:
    """Keep the rows that have a user, a readable time and an event."""
    return rows.filter(
        rows.user.notnull() & (rows.user != ""),
        rows.readable,
        rows.event.notnull() & (rows.event != ""),
    )


def _text(column: ir.Value) -> ir.StringValue:
    return _known(column).cast("string").fill_null("")


def _known(column: ir.Value) -> ir.Value:
    """A number that is none is missing."""
    return column.isnan().ifelse(ibis.null(), column) if column.type().is_floating() else column


def _sortable_value(raw: ir.Table, layout: Layout) -> ir.FloatingValue:
    """The value of any row as a number that orders rows; what is no amount of money comes first."""
    if layout.value is None:
        return ibis.literal(0.0)
    number = _number(raw[layout.value])
    known = number.notnull() & ~number.isnan() & (number.abs() < MAX_VALUE)
    return ibis.ifelse(known, number, NO_VALUE)


def _number(column: ir.Value) -> ir.FloatingValue:
    return column.try_cast("float64") if column.type().is_string() else column.cast("float64")


def label_names(rows: ir.Table) -> list[str]:
    """The text columns of which each combination is a kind: event, x0.., currency."""
    digits = sorted(int(name[1:]) for name in rows.columns if name[0] == "x" and name[1:].isdigit())
    currency = ["currency"] if "currency" in rows.columns else []
    return ["event", *(f"x{i}" for i in digits), *currency]


def is_key(name: str) -> bool:
    """Tell whether a column of the coded rows only orders them: ids, sequence, rest."""
    return name in ("sid", "h", "click") or (name[0] == "s" and name[1:].isdigit())


def _narrow(code: ir.IntegerValue, most: int) -> ir.IntegerValue:
    """Halve a code where it fits: sorting costs by the byte."""
    return code.cast("int32") if most < 1 << 31 else code


def _plain_mask(kinds: ir.Table, plan: Plan) -> ir.IntegerValue:
    """Set the bits of the actions that hang on the event name alone."""
    mask = ibis.literal(0, "int64")
    for i, action in enumerate(plan.actions):
        if action.event and not action.where:
            mask = mask + ibis.ifelse(kinds.event.isin(action.event), 1 << i, 0).cast("int64")
    return mask


def _full_mask(joined: ir.Table, plan: Plan) -> ir.IntegerValue:
    """Add to the mask by event name the actions that a condition decides."""
    mask = joined.mask
    for i, action in enumerate(plan.actions):
        if action.where:
            holds = joined.event.isin(action.event) & joined[f"c{i + 1}"]
            mask = mask + ibis.ifelse(holds, 1 << i, 0).cast("int64")
    return mask


def _full_macro(joined: ir.Table, plan: Plan) -> ir.IntegerValue:
    if not plan.macro.where:
        return joined.macro
    return ibis.ifelse(joined.c0, joined.macro, 0).cast("int8")


def judge(table: ir.Table, plan: Plan, events: int, combos: int) -> ir.Table:
    """Add k and flags: which actions and whether the macro, and the place within a time."""
    judged = table.mutate(mask=_full_mask(table, plan), macro=_full_macro(table, plan))
    # Order within a time: unplanned, the actions as in the plan, the macro, what comes after it.
    actions = [
        ((judged.mask & (1 << i)) != 0, ibis.literal(AFTER_RANK + i if action.after else i + 1))
        for i, action in sorted(enumerate(plan.actions), key=lambda at: at[1].after is not None)
    ]
    rank = ibis.cases((judged.macro == 1, ibis.literal(MACRO_RANK)), *actions, else_=0)
    k = (rank.cast("int64") * events + judged.event_code) * combos + judged.combo
    return judged.mutate(
        k=_narrow(k, RANKS * events * combos),
        flags=(judged.mask + judged.macro.cast("int64") * MACRO_FLAG).cast("int32"),
    )


def make_users(con: Backend, rows: ir.Table) -> ir.Table:
    """Number the users by the digest of their id: dense, and no matter how the rows lie.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `rows_of`.

    Returns
    -------
    ibis.Table
        The temporary table ``users``: user_id, bucket, key (the number), head (the first digits of
        the digest, as a number), mark (a hash of the id).
    """
    found = valid(rows).select(user_id="user").distinct()
    users = found.mutate(digest=found.user_id.hexdigest("md5"))
    head = (ibis.literal("0x") + users.digest.substr(0, HEAD)).cast("int64")
    return con.create_table(
        "users",
        users.select(
            "user_id",
            bucket=((head >> (4 * HEAD - 8)) % BUCKETS).cast("int16"),
            key=ibis.row_number().over(order_by=["digest", "user_id"]).cast("int32"),
            head=head.cast("int32"),
            mark=users.user_id.hash(),
        ),
        temp=True,
    )


def _code_sessions(con: Backend, rows: ir.Table, coded: ir.Table) -> ir.Table:
    """Number the session ids in their order; a missing one is -1."""
    found = rows.select("sid").distinct().filter(lambda t: t.sid != "")
    numbered = found.mutate(code=ibis.row_number().over(order_by="sid"))
    ids = con.create_table("session_ids", numbered, temp=True)
    joined = coded.left_join(ids, "sid")
    return joined.select(*(n for n in coded.columns if n != "sid"), sid=joined.code.fill_null(-1))


def _code_clicks(con: Backend, rows: ir.Table, coded: ir.Table) -> ir.Table:
    """Number the click ids in their order, from 1 on; a missing one is 0."""
    ids = con.create_table("click_ids", number_clicks(rows), temp=True)
    con.create_table(CLICK_MARKS, marks_of(ids), temp=True)
    joined = coded.left_join(ids, "click")
    code = joined.code.fill_null(0).cast("int32")
    return joined.select(*(n for n in coded.columns if n != "click"), click=code)


def number_clicks(rows: ir.Table) -> ir.Table:
    """Click ids of a log and their numbers: click and code.

    Parameters
    ----------
    rows : ibis.Table
        From `rows_of`, of a plan that maps them.

    Returns
    -------
    ibis.Table
    """
    found = rows.select("click").distinct().filter(lambda t: t.click != "")
    return found.mutate(code=ibis.row_number().over(order_by="click") + 1)


def marks_of(clicks: ir.Table) -> ir.Table:
    """Eight bits of each click id's digest, which tell no click and show that numbers shifted."""
    digest = clicks.click.hexdigest("md5")
    digits = [ibis.literal(HEX).find(digest.substr(i, 1)) for i in (0, 1)]
    return clicks.select("code", mark=(digits[0] * 16 + digits[1]).cast("int16"))
