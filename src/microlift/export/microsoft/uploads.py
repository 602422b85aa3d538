"""The file that people upload by hand: offline conversions under Microsoft's template.

The zone stands in the first line, as +HHMM and in no other form; so all times are written in one
offset, and no clock change can move them.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from microlift.errors import InputError
from microlift.export.cells import csv_text, money
from microlift.export.checks.finder import Finder
from microlift.export.checks.reading import read_rows
from microlift.export.checks.sheet import Rows, open_sheet, place
from microlift.export.checks.zones import zone_of
from microlift.export.conversions import Conversion
from microlift.export.faults import Fault, Validator
from microlift.export.microsoft.rows import (
    EMAIL,
    NAME,
    PHONE,
    TIME,
    VALUE,
    Judge,
    click_of,
    has_zone,
    read_time,
    taken,
)
from microlift.export.sifting import said, second
from microlift.export.targets import Made
from microlift.plan.quoting import short

CLICK, CURRENCY = "Microsoft Click ID", "Conversion Currency"
HEADER = (CLICK, NAME, TIME, VALUE, CURRENCY)
FORMS = ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p")
_ZONE = re.compile(r"Parameters:\s*TimeZone\s*=\s*(.*)")
_OFFSET = re.compile(r"[+-][0-9]{4}")
_MEND = "Write it as +0100: hours and minutes, no colon and no name."


def conversions_csv(rows: Iterable[Conversion], now: datetime, offset: str = "+0000") -> Made:
    """Make conversions.csv.

    Parameters
    ----------
    rows
        Conversions; of two with the same click, goal and second the first is kept.
    now
        When the file is to be uploaded, with a time zone: ages are counted from it.
    offset
        In which times are written, such as ``+0100``.

    Raises
    ------
    InputError
        If the offset is none, `now` has no zone, or values are in several currencies.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 8, 1, 10, tzinfo=UTC)
    >>> row = Conversion("Cart", at, 3.2, "EUR", "a1b2", click_kind="msclkid")
    >>> print(conversions_csv([row], at, "+0200").files["conversions.csv"])
    Parameters:TimeZone=+0200
    Microsoft Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency
    a1b2,Cart,2026-08-01 12:00:00,3.20,EUR
    """
    zone = zone_of(offset) if _OFFSET.fullmatch(offset) else None
    if zone is None:
        raise InputError(
            f"Got the offset {short(offset)}, which Microsoft does not read, so that no conversion "
            f"would be counted. {_MEND}"
        )
    adjusted = ("an adjustment; bulk_csv takes it", _is_adjustment)
    kept, left = taken(rows, now, [adjusted])
    if not kept:
        return Made({}, said(0, left))
    hashed = any(row.hashed_emails or row.hashed_phones for row in kept)
    cells = [
        [
            click_of(row),
            row.action,
            second(row.time).astimezone(zone).strftime(FORMS[0]),
            money(row.value, row.currency),
            row.currency,
            *([(*row.hashed_emails, "")[0], (*row.hashed_phones, "")[0]] if hashed else []),
        ]
        for row in kept
    ]
    header = [*HEADER, *((EMAIL, PHONE) if hashed else ())]
    text = csv_text([[f"Parameters:TimeZone={offset}"], header, *cells])
    return Made({"conversions.csv": text}, said(len(kept), left))


def _is_adjustment(row: Conversion) -> bool:
    return row.adjustment is not None


def check(content: bytes) -> list[Fault]:
    """Faults of a file under the template."""
    rows, faults = read_rows(content)
    finder = Finder()
    if rows:
        sheet = open_sheet(finder, _without_zone(finder, rows), (*HEADER, EMAIL, PHONE), HEADER)
        judge = Judge(finder, CLICK, CURRENCY)
        if (
            sheet is not None
            and tuple(sheet.header[:5]) != HEADER
            and set(HEADER) <= set(sheet.header)
        ):
            mend = f"Order them so: {','.join(HEADER)}."
            finder.add("header", "Got the columns in another order.", mend)
        for line, row in sheet.cells(finder) if sheet is not None else ():
            at = read_time(row.get(TIME, ""), FORMS)
            if at is None:
                _time(finder, place(line, TIME), row.get(TIME, ""))
            judge.row(line, row, at)
        judge.ages()
    return faults + finder.faults


def _without_zone(finder: Finder, rows: Rows) -> Rows:
    """Judge the line of parameters, and give the rows below it."""
    line, first = rows[0]
    match = _ZONE.fullmatch(first[0].strip())
    if match is None:
        if first[0].startswith("Parameters:"):
            finder.add(f"line {line:,}", f"Got the parameter {short(first[0])}.", _MEND)
            return rows[1:]
        what = "Got no line with the time zone, so that times are taken for another one."
        finder.add("line 1", what, "Begin the file with Parameters:TimeZone=+0100.")
        return rows
    zone = match[1].strip()
    if not _OFFSET.fullmatch(zone) or zone_of(zone) is None:
        finder.add(f"line {line:,}", f"Got the zone {short(zone)}.", _MEND)
    return rows[1:]


def _time(finder: Finder, where: str, text: str) -> None:
    if has_zone(text):
        what = f"Got the time {short(text)} with a zone of its own."
        finder.add(where, what, "Write the time alone; the zone stands in the first line.")
    else:
        mend = "Write it as 2026-08-01 12:00:00 or 8/1/2026 12:00:00 PM."
        finder.add(where, f"Got the time {short(text)}.", mend)


CONVERSIONS = Validator(
    "microsoft-conversions", "Microsoft Advertising: offline conversions, by hand", check
)
