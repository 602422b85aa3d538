"""What both kinds of file share: which conversions Microsoft takes, and the rules on one row."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from microlift.errors import InputError
from microlift.export.checks.finder import Finder
from microlift.export.checks.sheet import place
from microlift.export.click_ids import OF_MICROSOFT
from microlift.export.conversions import Conversion
from microlift.export.sifting import Reason, has_id, second, sift
from microlift.plan.quoting import short

OLDEST = timedelta(days=90)
LONGEST = 100  # characters of a goal's name
NAME, TIME, VALUE = "Conversion Name", "Conversion Time", "Conversion Value"
EMAIL, PHONE = "Hashed Email Address", "Hashed Phone Number"


def taken(
    rows: Iterable[Conversion], now: datetime, reasons: Iterable[Reason] = ()
) -> tuple[list[Conversion], Counter[str]]:
    """Conversions that Microsoft would take at a time, and how many others by reason."""
    if now.utcoffset() is None:
        raise InputError("Got a 'now' without a time zone, so ages are unsure. Give it one.")
    return sift(
        rows,
        [
            (
                "neither an msclkid nor a hashed address or number",
                lambda row: not (_clicked(row) or row.hashed_emails or row.hashed_phones),
            ),
            ("in the future", lambda row: row.time > now),
            (
                "before its click",
                lambda row: row.clicked_at is not None and row.time < row.clicked_at,
            ),
            (
                "click more than 90 days old",
                lambda row: now - (row.clicked_at or row.time) > OLDEST,
            ),
            ("a goal's name of over 100 characters", lambda row: len(row.action) > LONGEST),
            *reasons,
        ],
        (_alike,),
    )


def click_of(row: Conversion) -> str:
    """The click id of Microsoft, or nothing."""
    return row.click_id if _clicked(row) else ""


def _clicked(row: Conversion) -> bool:
    return has_id(row, ("msclkid",))


def _alike(row: Conversion) -> tuple[object, ...]:
    who = click_of(row) or (row.hashed_emails, row.hashed_phones)
    return (who, row.action, second(row.time), row.adjustment)


class Judge:
    """Rules on rows that both files share; ages are counted from the newest time in the file."""

    def __init__(self, finder: Finder, click: str, currency: str) -> None:
        self.finder, self.click, self.currency = finder, click, currency
        self._times: list[tuple[str, datetime]] = []

    def row(self, line: int, row: dict[str, str], at: datetime | None, adjusted: str = "") -> None:
        """Judge a row whose time was read as `at`."""
        finder = self.finder
        who = tuple(row.get(name, "") for name in (self.click, EMAIL, PHONE))
        if who[0]:
            finder.click_id(place(line, self.click), who[0], OF_MICROSOFT)
        for name, kind in ((EMAIL, "an address"), (PHONE, "a number")):
            if row.get(name):
                finder.hashed(place(line, name), row[name], kind)
        if not any(who):
            what = "Got neither a click id nor a hashed address or number."
            finder.add(place(line, self.click), what, "Leave the row out: nobody can be credited.")
        name = row.get(NAME, "")
        if not name or len(name) > LONGEST:
            what = f"Got the goal's name {short(name)}."
            mend = "Write the goal's name letter by letter: a wrong one gives no error."
            finder.add(place(line, NAME), what, mend)
        if row.get(VALUE) or not adjusted:
            finder.cell_amount(place(line, VALUE), row.get(VALUE, ""))
            finder.currency(place(line, self.currency), row.get(self.currency, ""))
        if at is not None:
            self._times.append((place(line, TIME), at))
        key = (*who, name, row.get(TIME, ""), adjusted)
        finder.once(f"line {line:,}", key, "a conversion", "Keep one: the second is ignored.")

    def ages(self) -> None:
        """Blame what is too old beside the newest."""
        newest = max((at for _, at in self._times), default=None)
        for where, at in self._times:
            if newest is not None and newest - at > OLDEST:
                what = f"Got a conversion {(newest - at).days} days older than the newest."
                self.finder.add(where, what, "Leave it out: clicks count for 90 days.")


def read_time(text: str, forms: tuple[str, ...]) -> datetime | None:
    """A time in one of some forms, as if it were in UTC."""
    for form in forms:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def has_zone(text: str) -> bool:
    """Whether a time says its own zone, which no row of these files may."""
    return bool(re.search(r"([+-][0-9]{2}:?[0-9]{2}|Z|\s[A-Za-z]+/\S+)$", text))
