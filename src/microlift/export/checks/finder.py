"""A finder of faults: the rules on single values that files for ad platforms share."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from microlift.errors import nearest
from microlift.export.click_ids import OF_GOOGLE, looks_like
from microlift.export.faults import Fault
from microlift.plan.log import ClickKind
from microlift.plan.quoting import short

_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_JSON_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"-?[0-9]+,[0-9]+|-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CLICK_ID = re.compile(r"[A-Za-z0-9_-]{1,512}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


MOST_FAULTS = 1_000


class Finder:
    """Collects faults; remembers what has to agree over a whole file."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._currency: tuple[str, str] | None = None
        self._seen: dict[tuple[str, ...], str] = {}

    def add(self, where: str, what: str, mend: str) -> None:
        """Note a fault; beyond `MOST_FAULTS` nobody reads them."""
        if not self.full:
            self.faults.append(Fault(where, what, mend))

    @property
    def full(self) -> bool:
        """Whether no more faults are taken."""
        return len(self.faults) >= MOST_FAULTS

    def amount(self, where: str, value: object) -> None:
        """A value in JSON: a number, or text of one."""
        if isinstance(value, str):
            if not _JSON_NUMBER.fullmatch(value) or not math.isfinite(float(value)):
                self._no_amount(where, value)
            elif float(value) < 0:
                self.add(where, f"Got the negative value {short(value)}.", "Book zero or more.")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.add(where, f"Got {short(value)} as a value.", "Write a number.")
        elif value < 0:  # NaN and infinite numbers are blamed by the reader, with their place
            self.add(where, f"Got the negative value {short(value)}.", "Book zero or more.")

    def cell_amount(self, where: str, text: str) -> None:
        """A value in a cell: digits and a point."""
        if not _DECIMAL.fullmatch(text):
            self._no_amount(where, text)

    def _no_amount(self, where: str, text: str) -> None:
        if text.startswith("-"):
            self.add(where, f"Got the negative value {short(text)}.", "Book zero or more.")
        elif _COMMA.fullmatch(text):
            what = f"Got the value {short(text)}, with a comma."
            self.add(where, what, "Write a point for decimals, and nothing for thousands: 1234.50.")
        else:
            self.add(where, f"Got {short(text)} as a value.", "Write digits and a point: 12.50.")

    def currency(self, where: str, value: object) -> None:
        """A code of ISO 4217, the same in the whole file."""
        if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
            upper = value.strip().upper() if isinstance(value, str) else ""
            mend = f"Write {upper}." if _CURRENCY.fullmatch(upper) else "Write a code such as EUR."
            self.add(where, f"Got the currency {short(value)}.", mend)
        elif self._currency is None:
            self._currency = (value, where)
        elif value != self._currency[0]:
            first, place = self._currency
            self.add(
                where,
                f"Got the currency {value}, and {first} in {place}.",
                "Give all values in the currency of the weights.",
            )

    def click_id(self, where: str, value: object, kinds: Sequence[ClickKind] = OF_GOOGLE) -> None:
        """A click id of some kinds, never shown: it tells of a person."""
        other = looks_like(value) if isinstance(value, str) else None
        if other is not None and other not in kinds:
            what = f"Got a click id that has the form of a {other}, which is another platform's."
            self.add(where, what, f"Send {' or '.join(kinds)} alone: others credit nobody.")
        elif not isinstance(value, str) or not _CLICK_ID.fullmatch(value):
            what = "Got a click id with characters that none has (they are A-Z, a-z, 0-9, - and _)."
            self.add(where, what, "Pass it on as the address had it, without blanks.")

    def order_id(self, where: str, value: object) -> None:
        """An order id, which must not be an address of a person."""
        if not isinstance(value, str):
            self.add(where, f"Got {type(value).__name__} as an order id.", "Write it as text.")
        elif "@" in value:
            what = "Got an order id with an @: personal data, which Google Ads refuses."
            self.add(where, what, "Send an id that names nobody.")

    def hashed(self, where: str, value: object, kind: str) -> None:
        """A hashed identifier, never shown."""
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            plain = isinstance(value, str) and ("@" in value or value.startswith("+"))
            what = f"Got {kind} as it stands" if plain else f"Got {kind} that is no SHA-256 in hex"
            self.add(where, what + ".", "Normalise it, hash it with SHA-256, write lower-case hex.")

    def word(self, where: str, value: object, known: Mapping[str, int], what: str) -> None:
        """A word of the platform, or its number."""
        if isinstance(value, int) and not isinstance(value, bool) and value in known.values():
            return
        if not isinstance(value, str) or value not in known:
            near = nearest(value, known) if isinstance(value, str) else ", ".join(list(known)[:3])
            self.add(where, f"Got the {what} {short(value)}.", f"Write one of: {near}.")

    def flag(self, where: str, value: object) -> None:
        """True or false."""
        if not isinstance(value, bool):
            self.add(where, f"Got {short(value)}.", "Write true or false.")

    def once(self, where: str, key: tuple[str, ...], what: str, mend: str) -> None:
        """What may be in a file once."""
        first = self._seen.setdefault((what, *key), where)
        if first != where:
            self.add(where, f"Got {what} that {first} has already.", mend)

    def fields(self, where: str, data: dict[str, Any], known: Collection[str]) -> None:
        """Fields that the platform does not know, for which it refuses the request."""
        for name in data:
            if name not in known and not self.full:
                self.add(
                    f"{where}.{name[:40]}" if where else name[:40],
                    "Got a field that is not known here.",
                    f"Mend its name (nearest: {nearest(name, known)}), or leave it out.",
                )

    def resource(self, where: str, value: object, kind: str) -> str | None:
        """A resource name; gives back the id in it."""
        match = _RESOURCE.fullmatch(value) if isinstance(value, str) else None
        if match is None or match["kind"] != kind:
            mend = f"Write customers/1234567890/{kind}/123."
            self.add(where, f"Got the resource name {short(value)}.", mend)
            return None
        if "-" in match["customer"]:
            self.add(
                where,
                f"Got the customer id {match['customer']}, with dashes.",
                f"Write {match['customer'].replace('-', '')}.",
            )
        return match["id"]


_RESOURCE = re.compile(
    r"customers/(?P<customer>[0-9]{1,10}|[0-9]{3}-[0-9]{3}-[0-9]{4})"
    r"/(?P<kind>[A-Za-z]+)/(?P<id>-?[0-9]{1,19})"
)


def records(finder: Finder, data: dict[str, Any], name: str, where: str = "") -> list[Any]:
    """Members of a list of objects that must not be empty; others are blamed and left out."""
    path = f"{where}.{name}" if where else name
    members = data.get(name)
    if not isinstance(members, list) or not members:
        finder.add(path, f"Got {short(members)} where a list with members is needed.", "Fill it.")
        return []
    return [
        (f"{path}[{at}]", member)
        for at, member in enumerate(members)
        if isinstance(member, dict) or _blame(finder, f"{path}[{at}]", member)
    ]


def record(finder: Finder, data: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    """An object inside another; empty where it is absent or none."""
    inner = data.get(name)
    if inner is not None and not isinstance(inner, dict):
        _blame(finder, f"{where}.{name}", inner)
    return inner if isinstance(inner, dict) else {}


def _blame(finder: Finder, where: str, member: object) -> bool:
    finder.add(where, f"Got {short(member)} where an object is needed.", "Write {...}.")
    return False
