"""What names usually mean: templates of kinds of business, and names that all have in common.

The lists are data, one file each in ``templates``; here they are read and compared with names.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

from microlift.plan import parse_duration
from microlift.plan.actions import Kind

TEMPLATES = ("ecommerce", "saas", "content", "b2b")

_LONGEST = 200  # characters of a name that are compared: no name of a list is longer


@dataclass(frozen=True)
class Template:
    """A kind of business: its macros, its micro actions with their kinds, its usual horizon.

    Attributes
    ----------
    name, title : str
        For the command line, and for people.
    horizon : timedelta
    macro : tuple of str
        Names, the likeliest first.
    actions : dict of str to str
        From name to kind.
    """

    name: str
    title: str
    horizon: timedelta
    macro: tuple[str, ...]
    actions: dict[str, Kind]


@cache
def template(name: str) -> Template:
    """Read a template.

    Parameters
    ----------
    name : {'ecommerce', 'saas', 'content', 'b2b'}

    Returns
    -------
    Template

    Examples
    --------
    >>> template("ecommerce").macro[0], template("ecommerce").actions["add_to_cart"]
    ('purchase', 'milestone')
    """
    read = _read(name)
    actions: dict[str, Kind] = {}
    for kind, names in read["actions"].items():
        actions |= {each: kind for each in names if each not in actions}
    return Template(
        name, read["title"], parse_duration(read["horizon"]), tuple(read["macro"]), actions
    )


@cache
def shared() -> dict[str, Any]:
    """Read the names that every kind of business has in common: columns, metrics, friction."""
    return _read("names")


def simple(name: str) -> str:
    """Write a name in lower case with underscores, as the lists do.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> simple("Order Completed"), simple("$pageview"), simple("addToCart"), simple("A_APPROVED")
    ('order_completed', 'pageview', 'add_to_cart', 'a_approved')
    """
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name[:_LONGEST])
    return re.sub(r"[\W_]+", "_", parted.lower()).strip("_")


def holds(name: str, words: Iterable[str]) -> bool:
    """Tell whether one of the words is a word of the name.

    Examples
    --------
    >>> holds("payment_error", ["error"]), holds("terror", ["error"])
    (True, False)
    """
    return not set(simple(name).split("_")).isdisjoint(words)


def place(name: str, known: Sequence[str]) -> tuple[int, bool] | None:
    """Find the known name that a name means.

    Parameters
    ----------
    name : str
    known : sequence of str

    Returns
    -------
    tuple of int and bool, or None
        The place in `known`, and whether the names are the same; else the known name is found
        inside `name` as whole words, the longest of them.

    Examples
    --------
    >>> place("Order Completed", ["purchase", "order_completed"])
    (1, True)
    >>> place("A_APPROVED", ["purchase", "approved"])
    (1, False)
    """
    mine = simple(name)
    if mine in known:
        return list(known).index(mine), True
    inside = [(i, each) for i, each in enumerate(known) if f"_{each}_" in f"_{mine}_"]
    if not inside:
        return None
    return max(inside, key=lambda found: (len(found[1]), -found[0]))[0], False


def fitting(names: Sequence[str]) -> Template | None:
    """Choose the template that knows most of the names.

    Parameters
    ----------
    names : sequence of str
        Of events.

    Returns
    -------
    Template or None
        None where fewer than two names are known.

    Examples
    --------
    >>> fitting(["add_to_cart", "purchase", "x"]).name
    'ecommerce'
    >>> fitting(["x", "y"])
    """
    scores = {each: _fit(names, template(each)) for each in TEMPLATES}
    best = max(TEMPLATES, key=lambda each: scores[each])
    return template(best) if scores[best] >= 2 else None


def _fit(names: Sequence[str], candidate: Template) -> float:
    found = [place(name, (*candidate.macro, *candidate.actions)) for name in names]
    return sum(1.0 if same[1] else 0.5 for same in found if same)


def _read(name: str) -> dict[str, Any]:
    folder = resources.files("microlift.starter") / "templates"
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read
