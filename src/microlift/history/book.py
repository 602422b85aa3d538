"""What a weights file says, read for comparison: any version of it, with or without each field."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from microlift.plan.quoting import printable

# Of each file anew, whatever it says; guards look at the version before, which the first lacks.
_OF_THE_FILE = ("created_at", "valid_until", "checksum", "guards")
_PASSED = ("passed", "")


@dataclass(frozen=True)
class Line:
    """One action of a weights file; what the file does not say is NaN.

    Attributes
    ----------
    weight, low, high
        As in the file.
    credit, lift, occurrences
        What the weight is made of.
    primary
        Whether it is bid on.
    reason
        Why, or why not.
    guards
        Names of the guards that changed it.
    """

    name: str
    weight: float
    low: float
    high: float
    credit: float
    lift: float
    occurrences: float
    primary: bool
    reason: str
    guards: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """A weights file as it is compared.

    Attributes
    ----------
    content
        The file's content.
    lines
        Its actions by name, in their order.
    """

    content: Mapping[str, Any]
    lines: Mapping[str, Line]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Book":
        """Read a content; fields of later versions are passed over.

        >>> Book.of({"actions": [{"name": "cart", "weight": 4.0}]}).lines["cart"].weight
        4.0
        """
        said = _guards(content)
        lines = [_line(action, said) for action in content["actions"]]
        return cls(content, {line.name: line for line in lines})

    @property
    def currency(self) -> str | None:
        """Currency of the weights; None where they are in macros."""
        given = self.content.get("currency")
        return None if given is None else printable(str(given))

    @property
    def mean_value(self) -> float:
        """Mean value of a macro, in the currency."""
        macros = self.number("macros")
        return self.number("revenue") / macros if macros else math.nan

    @property
    def primary(self) -> tuple[str, ...]:
        """Names of the actions that are bid on."""
        return tuple(line.name for line in self.lines.values() if line.primary)

    @property
    def labels(self) -> dict[str, str]:
        """What people call its actions, by name, where that is something else.

        >>> content = {"actions": [{"name": "cart", "label": "Cart"}, {"name": "a", "label": 7}]}
        >>> Book.of(content).labels
        {'cart': 'Cart'}
        """
        given = {one["name"]: one.get("label") for one in self.content["actions"]}
        return {k: v for k, v in given.items() if type(v) is str and v and v != k}

    @property
    def guards(self) -> tuple[str, ...]:
        """Names of the guards that changed any weight."""
        return tuple(dict.fromkeys(g for line in self.lines.values() for g in line.guards))

    def number(self, field: str) -> float:
        """Return a field of the file as a number, NaN where it is none."""
        return _number(self.content.get(field))

    def text(self, field: str) -> str:
        """Return a field of the file as text, empty where it is absent."""
        given = self.content.get(field)
        return "" if given is None else printable(str(given))

    def window(self) -> tuple[str, str]:
        """First and last event of the data, as written."""
        given = self.content.get("data_window")
        given = given if isinstance(given, Mapping) else {}
        return printable(str(given.get("first", ""))), printable(str(given.get("last", "")))


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two contents say the same, apart from what is of the file: when it was made.

    >>> same({"created_at": "Monday", "revenue": 1}, {"created_at": "Tuesday", "revenue": 1})
    True
    """
    return _substance(one) == _substance(other)


def _substance(content: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in content.items() if name not in _OF_THE_FILE}
    return json.dumps(kept, sort_keys=True)  # NaN is then equal to itself


def parse(data: bytes) -> dict[str, Any] | None:
    """Read the bytes of a weights file; None where they are none.

    >>> parse(b'{"actions": []}'), parse(b'{"acti')
    ({'actions': []}, None)
    """
    try:
        content = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    actions = content.get("actions") if isinstance(content, dict) else None
    if not isinstance(actions, list):
        return None
    named = all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in actions)
    return content if named else None


def _line(action: Mapping[str, Any], said: Mapping[str, tuple[str, ...]]) -> Line:
    numbers = {
        name: _number(action.get(name))
        for name in ("weight", "low", "high", "credit", "lift", "occurrences")
    }
    own = _names(action.get("guards"))
    primary, reason = bool(action.get("primary")), str(action.get("reason") or "")
    of_all = said.get("", ()) if primary else ()
    guards = tuple(dict.fromkeys([*own, *said.get(action["name"], ()), *of_all]))
    return Line(action["name"], **numbers, primary=primary, reason=reason, guards=guards)


def _guards(content: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Guards of the whole file by the action they changed; those that changed all, under ''."""
    found: dict[str, tuple[str, ...]] = {}
    given = content.get("guards")
    for guard in given if isinstance(given, list) else ():
        if isinstance(guard, Mapping):
            about = guard.get("action")
            action = about if isinstance(about, str) else ""
            found[action] = (*found.get(action, ()), *_names([guard]))
    return found


def _names(given: Any) -> list[str]:
    names = []
    for guard in given if isinstance(given, list) else ():
        if isinstance(guard, str):
            names.append(guard)
        elif isinstance(guard, Mapping) and str(guard.get("state", "changed")) not in _PASSED:
            names.append(str(guard.get("rule") or guard.get("name") or "?"))
    return names


def _number(given: Any) -> float:
    known = isinstance(given, int | float) and not isinstance(given, bool)
    try:
        number = float(given) if known else math.nan
    except OverflowError:
        return math.nan
    return number if math.isfinite(number) else math.nan
