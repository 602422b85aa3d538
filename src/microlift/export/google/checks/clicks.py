"""Validator google-ads-conversions: a file of click conversions, or a request that uploads them.

Columns beside those of the click template (GBRAID, WBRAID, hashed identifiers) are let through as
public checkers do; no template of Google's that has them was found.
"""

from datetime import datetime

from microlift.export.checks.finder import Finder
from microlift.export.checks.reading import read_rows
from microlift.export.checks.sheet import Sheet, open_sheet, place
from microlift.export.faults import Fault, Validator
from microlift.export.google.account import Account
from microlift.export.google.checks.ages import CLICK_DAYS, USER_DATA_DAYS, Ages
from microlift.export.google.checks.requests import check_click_request
from microlift.export.google.checks.times import file_time
from microlift.plan.quoting import short

CLICK, NAME, TIME = "Google Click ID", "Conversion Name", "Conversion Time"
VALUE, CURRENCY, ORDER = "Conversion Value", "Conversion Currency", "Order ID"
USER_DATA, PERSONALIZATION = "Ad User Data", "Ad Personalization"
CREDIT = "Attributed Credit"
_BRAIDS = ("GBRAID", "WBRAID")
_HASHED = ("Email", "Phone Number", "First Name", "Last Name")
_PLAIN = ("Country", "Zip")
_KNOWN = (
    *(CLICK, *_BRAIDS, NAME, TIME, CREDIT, VALUE, CURRENCY, ORDER),
    *(USER_DATA, PERSONALIZATION, *_HASHED, *_PLAIN),
)
_NEEDED = (CLICK, NAME, TIME)


def check_clicks(content: bytes, account: Account | None = None) -> list[Fault]:
    """Faults of a file, or of a request where it begins with a brace.

    Parameters
    ----------
    content
        Bytes of the file.
    account
        What is known beside it; most of all the time of the upload.
    """
    known = account or Account()
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return check_click_request(content, known)
    rows, faults = read_rows(content)
    finder = Finder()
    others = {cell.strip() for _, row in rows[:3] for cell in row} & {*_BRAIDS, *_HASHED[:2]}
    needed = _NEEDED[1:] if others else _NEEDED
    sheet = open_sheet(finder, rows, _KNOWN, needed) if rows else None
    if sheet is not None:
        _check_rows(finder, sheet, known)
    return faults + finder.faults


def _check_rows(finder: Finder, sheet: Sheet, account: Account) -> None:
    ages = Ages(account)
    for line, row in sheet.cells(finder):
        kind, found = _identifier(finder, line, row, account)
        check_name(finder, line, row.get(NAME, ""), account)
        at = _time(finder, line, row, sheet)
        if at is not None:
            where = place(line, TIME)
            ages.add(where, at, USER_DATA_DAYS if kind == "user data" else CLICK_DAYS)
            if found:
                mend = "Keep one: the others are ignored."
                key = (found, row.get(NAME, ""), at.isoformat())
                finder.once(where, key, "a click, name and time", mend)
        _money(finder, line, row)
        check_order(finder, line, row)
        _consent(finder, line, row)
        _credit(finder, line, row, sheet)
    ages.judge(finder)


def check_name(finder: Finder, line: int, name: str, account: Account) -> None:
    """The name of a conversion action."""
    where = place(line, NAME)
    if not name:
        finder.add(where, "Got no name.", "Write the name of the conversion action.")
    elif account.names is not None and name not in account.names:
        what = f"Got {short(name)}, which is no conversion action of the account."
        finder.add(where, what, "Write it letter by letter as in the account, also its case.")


def check_order(finder: Finder, line: int, row: dict[str, str]) -> None:
    """The order id of a conversion, which may be empty."""
    if row.get(ORDER):
        where = place(line, ORDER)
        finder.order_id(where, row[ORDER])
        key = (row[ORDER], row.get(NAME, ""))
        finder.once(where, key, "an order id", "Keep one row an order.")


def _identifier(
    finder: Finder, line: int, row: dict[str, str], account: Account
) -> tuple[str, str]:
    clicks = [(name, row[name]) for name in (CLICK, *_BRAIDS) if row.get(name)]
    for name, value in clicks:
        finder.click_id(place(line, name), value)
    for name in _HASHED:
        if row.get(name):
            finder.hashed(place(line, name), row[name], f"{name.lower()} of a person")
    if len(clicks) > 1:
        names = " and ".join(name for name, _ in clicks)
        finder.add(f"line {line:,}", f"Got {names} in one row.", "Give one click id a row.")
    if any(name in _BRAIDS for name, _ in clicks) and row.get(NAME) in account.one_per_click:
        what = "Got a gbraid or wbraid for an action that counts one conversion a click."
        finder.add(f"line {line:,}", what, "Let the action count every one, or leave the row out.")
    if clicks:
        return "click", "|".join(clicks[0])
    if any(row.get(name) for name in _HASHED[:2]):
        return "user data", ""
    finder.add(f"line {line:,}", "Got no click id.", "Leave out what no click led to.")
    return "", ""


def _time(finder: Finder, line: int, row: dict[str, str], sheet: Sheet) -> datetime | None:
    if TIME not in row:
        return None
    at = file_time(row[TIME], sheet.zone)
    if isinstance(at, datetime):
        return at
    finder.add(place(line, TIME), *at)
    return None


def _money(finder: Finder, line: int, row: dict[str, str]) -> None:
    if row.get(VALUE):
        finder.cell_amount(place(line, VALUE), row[VALUE])
    if row.get(CURRENCY):
        finder.currency(place(line, CURRENCY), row[CURRENCY])


def _consent(finder: Finder, line: int, row: dict[str, str]) -> None:
    for name in (USER_DATA, PERSONALIZATION):
        if row.get(name) and row[name] not in ("Granted", "Denied"):
            what = f"Got the consent {short(row[name])}."
            finder.add(place(line, name), what, "Write Granted or Denied, or nothing.")


def _credit(finder: Finder, line: int, row: dict[str, str], sheet: Sheet) -> None:
    credit = row.get(CREDIT)
    if credit is None:
        return
    where = place(line, CREDIT)
    if "Attribution Model" not in sheet.parameters:
        what = "Got a credit, and no attribution model it comes from."
        finder.add(where, what, "Begin the file with Parameters:Attribution Model = ...")
    finder.cell_amount(where, credit)
    if credit.replace(".", "", 1).isdecimal() and float(credit) > 1:
        finder.add(where, f"Got the credit {short(credit)}.", "Write a share from 0 to 1.")


CLICKS = Validator(
    "google-ads-conversions", "Google Ads: click conversions, file or request", check_clicks
)
