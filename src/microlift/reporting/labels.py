"""What people call actions: the labels of a plan in place of its names, wherever text is shown.

Estimates, files and messages speak of names. A report that was told to `speak` of a plan puts its
labels in their place at the few points through which all text passes on its way to a reader: the
text of a page (`tables.breakable`), the cells of a table, the names in a figure (`style.shorten`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from microlift.card import printable

if TYPE_CHECKING:
    from microlift.plan import Plan

LONGEST = 160  # characters without a space: labels of a log may be of any length
_RUN = re.compile(rf"\S{{{LONGEST + 1},}}")

# Names that our own sentences use as words: in a sentence they are taken for names in quotes only.
_OURS = """
action actions all and arrival book call calls cause chance change check checks click clicks
contact credit data day days depth device do done end error event events every exit few find
first form go goal help history hold home horizon interval last lead learn leave left lift list
load log long look lost macro macros mean model moment month more move name next no none now of
off open order orders other others page pages pass past path plan point points price publish
quiet rate reach read repeat report rest result return revenue row rule run sale save say second
see send session sessions share show sign start state step steps still stop sum table test the
time times total trial use user users value verdict view views visit visitor visits week weeks
weight weights whole work worth
"""
_WORDS = frozenset(_OURS.split())


class Labels:
    """Names and their labels, to be put into text.

    Examples
    --------
    >>> labels = Labels({"add_to_cart": "Put into the cart", "view": "Looked at an item"})
    >>> labels.said("Only watch add_to_cart; in our view 'view' is noise.")
    'Only watch “Put into the cart”; in our view “Looked at an item” is noise.'
    >>> labels.said("view"), labels.said("left after view"), labels.said("view (again)")
    ('Looked at an item', 'left after Looked at an item', 'Looked at an item (again)')
    >>> labels.said(labels.said("add_to_cart"))
    'Put into the cart'
    """

    def __init__(self, named: Mapping[str, str]) -> None:
        known = {name: label for name, label in named.items() if label and label != name}
        self.named = known | {printable(name): label for name, label in known.items()}
        # What is a label already stays: it may hold the name of another action. In a sentence one
        # of several words stands in quotes.
        ends = {label: label for label in known.values()}
        for name, label in self.named.items():
            ends[name] = f"“{label}”" if " " in label else label
            ends[f"'{name}'"] = f"“{label}”"
        self._whole = {
            form.format(name): form.format(label)
            for name, label in self.named.items()
            for form in ("{}", "left after {}", "{} (again)")
        }
        self._ends = ends
        sought = sorted(set(ends) - _WORDS, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_alone, sought)))

    def said(self, text: str) -> str:
        """Put labels in the place of names."""
        if not self.named:
            return text
        if text in self._whole:
            return self._whole[text]
        return self._pattern.sub(lambda found: self._ends[found.group()], text)


def _alone(name: str) -> str:
    """Return a pattern of a name that is no part of a longer word."""
    before = r"(?<![\w-])" if re.match(r"\w", name) else ""
    after = r"(?![\w-])" if re.search(r"\w\Z", name) else ""
    return before + re.escape(name) + after


_spoken = Labels({})


def speak(plan: "Plan") -> None:
    """Show the labels of a plan from here on, in everything that this process shows."""
    global _spoken
    _spoken = Labels(plan.labels)


def of_manifest(manifest: Mapping[str, Any]) -> Labels:
    """Return the labels that a run wrote down, whatever else stands in their place.

    >>> of_manifest({"labels": {"cart": "In the cart"}}).said("Weight of cart, EUR")
    'Weight of “In the cart”, EUR'
    >>> of_manifest({"labels": [7]}).said("cart")
    'cart'
    """
    found = manifest.get("labels")
    named = found.items() if isinstance(found, Mapping) else ()
    return Labels({k: v for k, v in named if type(k) is str and type(v) is str and k and v})


@contextmanager
def calling(named: Mapping[str, str]) -> Iterator[None]:
    """Show these labels too inside of a `with`; those that are spoken of already go before them."""
    global _spoken
    before = _spoken
    try:
        _spoken = Labels({**named, **before.named})
        yield
    finally:
        _spoken = before


@contextmanager
def speaking(plan: "Plan") -> Iterator[None]:
    """Show the labels of a plan inside of a `with`, and what was shown before after it.

    >>> from microlift.plan import Plan
    >>> cart = {"name": "add_to_cart", "event": "add", "label": "Put into the cart"}
    >>> with speaking(Plan.from_dict({"macro": {"event": "buy"}, "actions": [cart],
    ...                               "horizon": "1d"})):
    ...     said("add_to_cart raises")
    '“Put into the cart” raises'
    """
    global _spoken
    before = _spoken
    try:
        speak(plan)
        yield
    finally:
        _spoken = before


def said(text: str) -> str:
    """Put the labels that are spoken of in the place of names, and cut what is endless.

    >>> said("add_to_cart"), len(said("x" * 10_000))
    ('add_to_cart', 160)
    """
    return _RUN.sub(lambda run: run.group()[: LONGEST - 1] + "…", _spoken.said(text))


def name_of(text: str) -> str:
    """Return the name if a text is one that has a label, else nothing."""
    return text if text in _spoken.named else ""
