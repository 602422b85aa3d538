"""Conditions on the properties of events that are worth a look: deep scrolling, pages that sell."""

from collections.abc import Sequence
from dataclasses import dataclass

from microlift.plan.actions import Kind
from microlift.plan.fields import MAX_NAME
from microlift.starter.columns import Column, quoted
from microlift.starter.lexicon import shared, simple

MOST_CONDITIONS = 16  # each is one bit of a small integer


@dataclass(frozen=True)
class Condition:
    """A condition on a property.

    Attributes
    ----------
    name : str
        Of the action that it would make.
    kind : str
    where : str
        As a plan writes it.
    first : bool
        Whether one would begin with it.
    """

    name: str
    kind: Kind
    where: str
    first: bool


def conditions(columns: Sequence[Column], mapped: Sequence[str]) -> tuple[Condition, ...]:
    """Write the conditions that the columns allow.

    Parameters
    ----------
    columns : sequence of Column
    mapped : sequence of str
        Columns that have a role already.

    Returns
    -------
    tuple of Condition
        At most 16.

    Examples
    --------
    >>> columns = [Column("percent_scrolled", "number", 0.2, 4), Column("url", "text", 1.0, 90)]
    >>> [each.where for each in conditions(columns, [])][:2]
    ['percent_scrolled >= 75', "url LIKE '%pricing%'"]
    """
    free = [c for c in columns if c.name not in mapped and c.filled and len(c.name) <= MAX_NAME]
    found = [
        Condition(known["name"], "engagement", f"{quoted(each.name)} >= {known['least']}", True)
        for each in free
        if each.type in ("number", "text")
        and (known := shared()["thresholds"].get(simple(each.name)))
    ]
    listed: list[str] = shared()["columns"]["address"]
    pages = [c for c in free if c.type == "text" and c.distinct > 1 and simple(c.name) in listed]
    if pages:
        page = min(pages, key=lambda each: listed.index(simple(each.name)))
        found += [
            Condition(name, "exploration", f"{quoted(page.name)} LIKE '%{part}%'", number == 0)
            for number, (name, part) in enumerate(shared()["addresses"].items())
        ]
    once = {each.name: each for each in reversed(found)}  # the first of each name
    return tuple(reversed(once.values()))[:MOST_CONDITIONS]
