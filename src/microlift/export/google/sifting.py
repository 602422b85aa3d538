"""Which conversions of a log a platform would take: the rest is left out, and counted by reason."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from microlift.errors import InputError
from microlift.export.cells import safe_cell
from microlift.export.conversions import Conversion

_CLICK_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,511}")
Reason = tuple[str, Callable[[Conversion], bool]]
Key = Callable[[Conversion], tuple[object, ...] | None]


def sift(
    rows: Iterable[Conversion], reasons: Sequence[Reason], keys: Sequence[Key]
) -> tuple[list[Conversion], Counter[str]]:
    """Keep what no reason speaks against and no earlier row has said; count the rest.

    Parameters
    ----------
    rows
        Conversions in the order in which they count: of two alike the first is kept.
    reasons
        Words and a condition each; the first that holds is counted.
    keys
        What makes two rows alike; None where a row has nothing to be alike by.
    """
    kept: list[Conversion] = []
    left: Counter[str] = Counter()
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        why = next((words for words, holds in reasons if holds(row)), None)
        if why is None:
            mine = {(at, *key) for at, of in enumerate(keys) if (key := of(row)) is not None}
            if mine & seen:
                why = "said already by an earlier row"
            seen |= mine
        if why is None:
            kept.append(row)
        else:
            left[why] += 1
    currencies = sorted({row.currency for row in kept})
    if len(currencies) > 1:
        raise InputError(
            f"Got conversions in {len(currencies)} currencies ({', '.join(currencies[:5])}), and "
            "weights are in one: a value in the wrong one misleads every bid. Convert them first."
        )
    return kept, left


def said(kept: int, left: Counter[str]) -> tuple[str, ...]:
    """Notes on what was kept and what was left out."""
    total = kept + sum(left.values())
    notes = [f"{kept:,} of {total:,} conversions are in the file."]
    notes += [f"{count:,} left out: {why}." for why, count in sorted(left.items())]
    return tuple(notes)


def has_id(row: Conversion, kinds: Sequence[str]) -> bool:
    """Whether it has a click id of one of these kinds that looks like one."""
    return row.click_kind in kinds and bool(_CLICK_ID.fullmatch(row.click_id))


def second(at: datetime) -> datetime:
    """A time in UTC as files write it, without fractions."""
    return at.astimezone(UTC).replace(microsecond=0)


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
