"""Which conversions of a log a platform would take: the rest is left out, and counted by reason."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from microlift.errors import InputError
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
