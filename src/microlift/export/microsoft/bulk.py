"""The file of the Bulk API: offline conversions, and what is restated or retracted later.

Its columns have other names than the template for people, its times are in UTC, and its words are
Restate and Retract.
"""

from collections.abc import Iterable
from datetime import datetime

from microlift.export.cells import csv_text, money
from microlift.export.checks.finder import Finder
from microlift.export.checks.reading import read_rows
from microlift.export.checks.sheet import open_sheet, place
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
    read_time,
    taken,
)
from microlift.export.sifting import said, second
from microlift.export.targets import Made
from microlift.plan.quoting import short

CLICK, CURRENCY = "Microsoft Click Id", "Conversion Currency Code"
ADJUSTMENT, ADJUSTED = "Adjustment Type", "Adjustment Value"
ADJUSTED_AT, ADJUSTED_CURRENCY = "Adjustment Time", "Adjustment Currency Code"
FORM = "%m/%d/%Y %H:%M:%S"
FORMS = (FORM, "%m/%d/%Y %I:%M:%S %p")
HEADER = ("Type", "Status", "Id", "Parent Id", "Client Id", "Name", CURRENCY, NAME, TIME, VALUE,
          CLICK)  # fmt: skip
_NEEDED = ("Type", "Name", CURRENCY, NAME, TIME, VALUE, CLICK)
_MORE = (ADJUSTMENT, ADJUSTED, ADJUSTED_AT, ADJUSTED_CURRENCY, EMAIL, PHONE)
_LOWER = {name.lower() for name in (*HEADER, *_MORE)}
_RECORD, _VERSION = "Offline Conversion", "Format Version"
_WORDS = {"restate": "Restate", "retract": "Retract"}


def bulk_csv(rows: Iterable[Conversion], now: datetime) -> Made:
    """Make bulk.csv.

    Parameters
    ----------
    rows
        Conversions and adjustments of earlier ones.
    now
        When the file is to be uploaded, with a time zone: ages are counted from it.

    Raises
    ------
    InputError
        If `now` has no zone, or values are in several currencies.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 8, 1, 10, tzinfo=UTC)
    >>> row = Conversion("Cart", at, 3.2, "EUR", "a1b2", click_kind="msclkid")
    >>> print(bulk_csv([row], at).files["bulk.csv"].splitlines()[2])
    Offline Conversion,,,,,,EUR,Cart,08/01/2026 10:00:00,3.20,a1b2,,,,,,
    """
    kept, left = taken(rows, now)
    if not kept:
        return Made({}, said(0, left))
    header = [*HEADER, *_MORE]
    version = ["6.0" if name == "Name" else "" for name in header]
    version[0] = _VERSION
    text = csv_text([header, version, *map(_cells, kept)])
    return Made({"bulk.csv": text}, said(len(kept), left))


def _cells(row: Conversion) -> list[str]:
    restated = row.adjusted_value is not None
    first = row.adjustment is None
    return [
        _RECORD,
        *[""] * 5,
        row.currency if first else "",
        row.action,
        second(row.time).strftime(FORM),
        money(row.value, row.currency) if first else "",
        click_of(row),
        _WORDS[row.adjustment] if row.adjustment else "",
        money(row.adjusted_value or 0.0, row.currency) if restated else "",
        second(row.adjusted_at).strftime(FORM) if row.adjusted_at and not first else "",
        row.currency if restated else "",
        (*row.hashed_emails, "")[0],
        (*row.hashed_phones, "")[0],
    ]


def check(content: bytes) -> list[Fault]:
    """Faults of a file of the Bulk API that holds offline conversions."""
    # Microsoft's own libraries begin such files with a byte order mark.
    rows, faults = read_rows(content.removeprefix(b"\xef\xbb\xbf"))
    finder = Finder()
    if rows:
        # The file of a library has the columns of all kinds of record.
        others = [name for cell in rows[0][1] if (name := cell.strip()).lower() not in _LOWER]
        sheet = open_sheet(finder, rows, (*HEADER, *_MORE, *others), _NEEDED)
        judge = Judge(finder, CLICK, CURRENCY)
        versions = 0
        for line, row in sheet.cells(finder) if sheet is not None else ():
            if row.get("Type") == _VERSION:
                versions += 1
                if row.get("Name") != "6.0":
                    what = f"Got the format version {short(row.get('Name'))}."
                    finder.add(place(line, "Name"), what, "Write 6.0.")
            else:
                _row(judge, line, row)
        if sheet is not None and not versions:
            what = "Got no row with the version of the format."
            finder.add("line 2", what, "Write 'Format Version' under Type, and 6.0 under Name.")
        judge.ages()
    return faults + finder.faults


def _row(judge: Judge, line: int, row: dict[str, str]) -> None:
    finder = judge.finder
    if row.get("Type") != _RECORD:
        what = f"Got a row of type {short(row.get('Type'))}."
        finder.add(place(line, "Type"), what, f"Write {_RECORD}.")
    at = _time(finder, line, TIME, row.get(TIME, ""))
    kind = row.get(ADJUSTMENT, "")
    judge.row(line, row, at, kind)
    if not kind:
        return
    if kind not in _WORDS.values():
        mend = "Write Restate or Retract."
        finder.add(place(line, ADJUSTMENT), f"Got the adjustment {short(kind)}.", mend)
    elif kind == "Restate":
        finder.cell_amount(place(line, ADJUSTED), row.get(ADJUSTED, ""))
        finder.currency(place(line, ADJUSTED_CURRENCY), row.get(ADJUSTED_CURRENCY, ""))
    if row.get(ADJUSTED_AT):
        _time(finder, line, ADJUSTED_AT, row[ADJUSTED_AT])


def _time(finder: Finder, line: int, column: str, text: str) -> datetime | None:
    at = read_time(text, FORMS)
    if at is None:
        mend = "Write it in UTC, as 08/01/2026 12:00:00."
        finder.add(place(line, column), f"Got the time {short(text)}.", mend)
    return at


BULK = Validator("microsoft-bulk", "Microsoft Advertising: offline conversions, Bulk API", check)
