"""Verdicts of several actions as one, and in words."""

from collections.abc import Iterable

import pandas as pd

from microlift.plan.quoting import short


def overall(verdicts: Iterable[bool | None]) -> bool | None:
    """Failed where one failed, passed where one passed and none failed, else not judged.

    Examples
    --------
    >>> overall([True, None]), overall([True, False, None]), overall([None])
    (True, False, None)
    """
    known = [verdict for verdict in verdicts if verdict is not None]
    return all(known) if known else None


def tally(frame: pd.DataFrame) -> tuple[int, int, str]:
    """How many actions were judged, how many of them failed, and by which notes, counted.

    Examples
    --------
    >>> tally(pd.DataFrame({"verdict": [False, True, None], "note": ["it drifts", "", "unknown"]}))
    (2, 1, 'it drifts (1)')
    """
    failed = [verdict is False for verdict in frame["verdict"]]
    judged = sum(verdict is not None for verdict in frame["verdict"])
    counts = frame.loc[failed, "note"].value_counts()
    return judged, sum(failed), ", ".join(f"{note} ({n:,})" for note, n in counts.items())


def named(actions: Iterable[str], most: int = 5) -> str:
    """Names of actions in a sentence, quoted and bounded.

    Examples
    --------
    >>> named(["cart"]), named(["cart", "chat"]), named("abcdefg", most=2)
    ("'cart'", "'cart' and 'chat'", "'a', 'b' and 5 more")
    """
    known = [short(action) for action in actions]
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most:,} more"
    return " and ".join(filter(None, [", ".join(known[:-1]), *known[-1:]]))
