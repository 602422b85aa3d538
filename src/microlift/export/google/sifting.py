"""Which conversions Google takes: what makes two alike, and what speaks against one."""

from datetime import datetime, timedelta

from microlift.export.cells import safe_cell
from microlift.export.conversions import Conversion
from microlift.export.sifting import Reason, second


def by_click(row: Conversion) -> tuple[object, ...] | None:
    """Google ignores a second conversion of the same click, name and second."""
    return (row.click_id, row.action, second(row.time)) if row.click_id else None


def by_order(row: Conversion) -> tuple[object, ...] | None:
    """Google refuses a second conversion of the same order id."""
    return (row.order_id, row.action) if row.order_id else None


def by_person(row: Conversion) -> tuple[object, ...] | None:
    """Without a click id it is the person, the action and the second that make two alike."""
    people = (row.hashed_emails, row.hashed_phones)
    return None if row.click_id else (people, row.action, second(row.time))


def runs(row: Conversion) -> bool:
    """Whether a spreadsheet would run a cell, so that a file could only hold it changed."""
    return any(safe_cell(text) != text for text in (row.action, row.order_id))


RUNS = (
    "a name or order id that begins with = + - or @, which a file may not hold as it is",
    runs,
)


def times(now: datetime) -> tuple[Reason, ...]:
    """Reasons that hold for every conversion: order in time, and the age of the click."""
    fresh = timedelta(hours=6)
    return (
        ("in the future", lambda row: row.time > now),
        (
            "before its click",
            lambda row: row.clicked_at is not None and row.time < row.clicked_at,
        ),
        (
            "click more than 90 days old",
            lambda row: bool(row.click_id) and _older(row.clicked_at or row.time, now, 90),
        ),
        (
            "user data more than 63 days old",
            lambda row: not row.click_id and _older(row.time, now, 63),
        ),
        (
            "click less than 6 hours old; the next upload takes it",
            lambda row: row.clicked_at is not None and now - row.clicked_at < fresh,
        ),
        ("an order id with an @, which tells of a person", lambda row: "@" in row.order_id),
    )


def _older(at: datetime, now: datetime, days: int) -> bool:
    return now - at > timedelta(days=days)
