"""What a notebook tells its run: facts that it records, for manifest, index and summary.

A cell shows them as an output of a type of its own, which no page prints. `headline` maps labels to
numbers, in the order in which people are to see them.
"""

import math
from collections.abc import Mapping
from typing import Any

FACTS_MIME = "application/vnd.microlift.facts+json"
HEADLINE = "headline"
_MOST_FIGURES = 40
_MOST_LETTERS = 80


def collect(gathered: dict[str, Any], recorded: object) -> None:
    """Add what one output recorded to what others have; headline figures are joined.

    Figures without a number, such as NaN, are left out: a manifest is JSON.

    Examples
    --------
    >>> facts = {"headline": {"Macros": 120}}
    >>> collect(facts, {"headline": {"Revenue": 9.5, "Lift": float("nan")}, "withheld": False})
    >>> facts
    {'headline': {'Macros': 120, 'Revenue': 9.5}, 'withheld': False}
    """
    if not isinstance(recorded, Mapping):
        return
    found = dict(gathered.get(HEADLINE, {})) | figures(recorded.get(HEADLINE))
    gathered |= {str(name): value for name, value in recorded.items() if name != HEADLINE}
    if found:
        gathered[HEADLINE] = dict(list(found.items())[:_MOST_FIGURES])


def in_order(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Make facts fit to stand in a notebook, whose file sorts the keys of every mapping.

    >>> in_order({"headline": {"b": 1, "a": 2}})
    {'headline': [['b', 1], ['a', 2]]}
    """
    made = dict(recorded)
    if isinstance(made.get(HEADLINE), Mapping):
        made[HEADLINE] = [[label, number] for label, number in made[HEADLINE].items()]
    return made


def figures(found: object) -> dict[str, float]:
    """Return the headline figures of a manifest or an output: labels and finite numbers alone.

    >>> figures([["b", 1], ["a", 2.5], ["c", None], "d"]), figures({"a": True, "b": 7})
    ({'b': 1, 'a': 2.5}, {'b': 7})
    """
    pairs: list[Any] = []
    if isinstance(found, Mapping):
        pairs = list(found.items())
    elif isinstance(found, list):
        pairs = [one for one in found if isinstance(one, list) and len(one) == 2]
    numbers = [(k, v) for k, v in pairs if type(v) in (int, float) and math.isfinite(v)]
    return {str(label)[:_MOST_LETTERS]: number for label, number in numbers}
