"""Validator google-ads-adjustments: a file of restatements and retractions, or a request."""

from datetime import datetime

from microlift.export.checks.finder import Finder
from microlift.export.checks.reading import read_rows
from microlift.export.checks.sheet import Sheet, open_sheet, place
from microlift.export.faults import Fault, Validator
from microlift.export.google.account import Account
from microlift.export.google.checks.ages import ADJUSTMENT_DAYS, Ages
from microlift.export.google.checks.clicks import CLICK, NAME, ORDER, TIME, check_name
from microlift.export.google.checks.requests import check_adjustment_request
from microlift.export.google.checks.times import file_time
from microlift.plan.quoting import short

AT, KIND = "Adjustment Time", "Adjustment Type"
NEW, NEW_CURRENCY = "Adjusted Value", "Adjusted Value Currency"
_KNOWN = (ORDER, CLICK, NAME, TIME, AT, KIND, NEW, NEW_CURRENCY)
_TAIL = (AT, KIND, NEW, NEW_CURRENCY)
BY_ORDER = (ORDER, NAME, *_TAIL)
BY_CLICK = (CLICK, NAME, TIME, *_TAIL)
_API_WORDS = {"RESTATEMENT": "RESTATE", "RETRACTION": "RETRACT"}


def check_adjustments(content: bytes, account: Account | None = None) -> list[Fault]:
    """Faults of a file, or of a request where it begins with a brace.

    Parameters
    ----------
    content
        Bytes of the file.
    account
        What is known beside it.
    """
    known = account or Account()
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return check_adjustment_request(content, known)
    rows, faults = read_rows(content)
    finder = Finder()
    by_click = any(cell.strip() == CLICK for _, row in rows[:3] for cell in row)
    needed = BY_CLICK if by_click else BY_ORDER
    sheet = open_sheet(finder, rows, _KNOWN, needed) if rows else None
    if sheet is not None:
        _check_rows(finder, sheet, known)
    return faults + finder.faults


def _check_rows(finder: Finder, sheet: Sheet, account: Account) -> None:
    ages = Ages(account)
    for line, row in sheet.cells(finder):
        check_name(finder, line, row.get(NAME, ""), account)
        done = _time(finder, line, row, TIME, sheet)
        at = _time(finder, line, row, AT, sheet)
        _identifier(finder, line, row)
        if done is not None:
            ages.add(place(line, TIME), done, ADJUSTMENT_DAYS)
        if at is not None:
            ages.saw(at)
            key = tuple(row.get(name, "") for name in (ORDER, CLICK, TIME, NAME))
            mend = "Keep one: a second adjustment needs a later time."
            finder.once(
                place(line, AT), (*key, at.isoformat()), "a conversion and adjustment time", mend
            )
        if done is not None and at is not None and at < done:
            what = "Got an adjustment before its conversion."
            finder.add(place(line, AT), what, "Write when the value changed.")
        _adjustment(finder, line, row, account)
    ages.judge(finder, settled=True)


def _time(
    finder: Finder, line: int, row: dict[str, str], column: str, sheet: Sheet
) -> datetime | None:
    if column not in row or (column == TIME and not row[column] and row.get(ORDER)):
        return None
    at = file_time(row[column], sheet.zone)
    if isinstance(at, datetime):
        return at
    finder.add(place(line, column), *at)
    return None


def _identifier(finder: Finder, line: int, row: dict[str, str]) -> None:
    if row.get(ORDER):
        finder.order_id(place(line, ORDER), row[ORDER])
    if row.get(CLICK):
        finder.click_id(place(line, CLICK), row[CLICK])
    if not row.get(ORDER) and not row.get(CLICK):
        what = "Got neither an order id nor a click id."
        finder.add(f"line {line:,}", what, "Say which conversion is adjusted.")


def _adjustment(finder: Finder, line: int, row: dict[str, str], account: Account) -> None:
    kind = row.get(KIND, "")
    if kind not in ("RESTATE", "RETRACT"):
        upper = kind.upper()
        right = _API_WORDS.get(upper, upper if upper in _API_WORDS.values() else "")
        why = ", the word of the API" if kind in _API_WORDS else ""
        mend = f"Write {right}." if right else "Write RESTATE or RETRACT."
        finder.add(place(line, KIND), f"Got the adjustment {short(kind)}{why}.", mend)
    if kind == "RESTATE" and not row.get(NEW):
        what = "Got a restatement without its new value."
        finder.add(place(line, NEW), what, "Write the whole new value, not the difference.")
    if kind == "RESTATE" and row.get(NAME) in account.always_default:
        what = "Got a restatement for an action that always uses its default value."
        mend = "Let the action use the values that are sent (values: sent), or retract."
        finder.add(f"line {line:,}", what, mend)
    if row.get(NEW):
        finder.cell_amount(place(line, NEW), row[NEW])
    if row.get(NEW_CURRENCY):
        finder.currency(place(line, NEW_CURRENCY), row[NEW_CURRENCY])


ADJUSTMENTS = Validator(
    "google-ads-adjustments", "Google Ads: adjustments, file or request", check_adjustments
)
