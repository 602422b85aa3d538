"""The figures of columns beside the events: what they say of users, and of money."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from microlift.events.times import microseconds
from microlift.starter.door import text_of
from microlift.starter.profile import SESSION_GAP
from microlift.starter.reading import Opened

MOST_TRAITS = 12


@dataclass(frozen=True)
class Trait:
    """A column that may say where a user came from.

    Attributes
    ----------
    name : str
    labels : int
    steady : float
        Share of users with a value for whom it never changes.
    early, ever : float
        Share of users for whom it is known at the beginning, and at all.
    users : int
        Those for whom it is known.
    mails : float
        Share of values with an @, as in an address.
    records : float
        Share of values that are records of JSON.
    """

    name: str
    labels: int
    steady: float
    early: float
    ever: float
    users: int = 0
    mails: float = 0.0
    records: float = 0.0


def traits(log: Opened, names: Sequence[str]) -> list[Trait]:
    """Look at the columns that may say where a user came from.

    Parameters
    ----------
    log : Opened
    names : sequence of str
        Columns, of which the first 12 are looked at.

    Returns
    -------
    list of Trait
        In the order of the names.
    """
    raw, mapped = log.raw, log.roles.mapped
    names = list(names)[:MOST_TRAITS]
    if not names:
        return []
    rows = raw.select(
        u=raw[mapped["user_id"]].cast("string").hash(),
        t=microseconds(raw[mapped["timestamp"]], "UTC"),
        **{f"x{i}": text_of(raw[name]).nullif("") for i, name in enumerate(names)},
    )
    asked: dict[str, ir.Value] = {"begin": rows.t.min()}
    for i in range(len(names)):
        label = rows[f"x{i}"]
        asked |= {f"a{i}": label.min(), f"z{i}": label.max()}
        asked[f"k{i}"] = rows.t.min(where=label.notnull())
    users = rows.group_by("u").agg(**asked)
    told: dict[str, ir.Value] = {"users": users.count()}
    for i in range(len(names)):
        told[f"ever{i}"] = users[f"k{i}"].notnull().sum()
        told[f"early{i}"] = (users[f"k{i}"] - users.begin <= SESSION_GAP).sum()
        told[f"steady{i}"] = (users[f"a{i}"] == users[f"z{i}"]).sum()
    found = log.con.to_pyarrow(users.agg(**told)).to_pylist()[0]
    asked = {}
    for i in range(len(names)):
        label = rows[f"x{i}"]
        mail = label.contains("@")  # a pattern costs more than all the rest
        asked |= {f"n{i}": label.nunique(), f"all{i}": label.count(), f"mail{i}": mail.sum()}
        asked[f"rec{i}"] = label.startswith("{").sum()
    found |= log.con.to_pyarrow(rows.agg(**asked)).to_pylist()[0]
    return [
        Trait(
            name=name,
            labels=int(found[f"n{i}"]),
            steady=int(found[f"steady{i}"] or 0) / max(1, int(found[f"ever{i}"])),
            early=int(found[f"early{i}"] or 0) / int(found["users"]),
            ever=int(found[f"ever{i}"]) / int(found["users"]),
            users=int(found[f"ever{i}"]),
            mails=int(found[f"mail{i}"] or 0) / max(1, int(found[f"all{i}"])),
            records=int(found[f"rec{i}"] or 0) / max(1, int(found[f"all{i}"])),
        )
        for i, name in enumerate(names)
    ]


def currencies(log: Opened, macro: Collection[str]) -> dict[str, int]:
    """Count the macros by currency, as the log writes it, most first; empty where nothing tells."""
    mapped = log.roles.mapped
    if "currency" not in mapped:
        return {}
    rows = log.raw.filter(log.raw[mapped["event"]].cast("string").isin(list(macro)))
    codes = rows.select(code=text_of(rows[mapped["currency"]]))
    counted = codes.filter(codes.code.strip() != "").group_by("code").agg(n=lambda t: t.count())
    top = counted.order_by([ibis.desc("n"), "code"]).limit(20)
    return {str(row["code"]): int(row["n"]) for row in log.con.to_pyarrow(top).to_pylist()}
