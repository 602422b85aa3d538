"""One comparison: the counts of a period, the benchmark, and what parts the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from microlift.journeys.shares import Share, difference
from microlift.journeys.trends.expected import (
    Cells,
    Usual,
    compare,
    compare_plainly,
    foretell,
    learn,
)
from microlift.journeys.trends.mix import BY_DAY, WEEKDAYS, Mix
from microlift.journeys.trends.periods import Periods

LEAST_MACROS = 20  # in the benchmark, of those who did it and of those who did not
LEAST_EXPECTED = 5
WEEK, MANY_DAYS = 7, 35  # longer comparisons are drawn by week
BEFORE, AFTER, LATER = "before", "after", "later"


@dataclass(frozen=True, eq=False)
class Contrast:
    """A comparison in figures, without a verdict.

    Attributes
    ----------
    row
        The figures under the names of the columns of `BeforeAfter.frame`.
    naive
        p-value of the raw difference, as if all sessions were independent and all else equal.
    new
        Share of those judged whose label of an attribute is not in the benchmark.
    mix, usual
        What the benchmark taught; none where it is too sparse.
    """

    row: dict[str, float]
    naive: float
    new: float = 0.0
    mix: Mix | None = None
    usual: Usual | None = None


def contrast(rows: pd.DataFrame, periods: Periods, codes: Sequence[str], effect: float) -> Contrast:
    """Compare a period with what its benchmark foretells for its days and its visitors.

    Parameters
    ----------
    rows
        Counts by day and visitors: day, n, did, one column a code.
    periods
        Which days are compared with which.
    codes
        The attributes whose mix is held equal.
    effect
        Design effect of the counts.
    """
    judged = _within(rows, periods.after)
    usual_rows = pd.concat([_within(rows, span) for span in periods.benchmark], ignore_index=True)
    before = Share.of_counts(int(usual_rows["did"].sum()), int(usual_rows["n"].sum()), effect)
    after = Share.of_counts(int(judged["did"].sum()), int(judged["n"].sum()), effect)
    row = {**_named(before, BEFORE), **_named(after, AFTER), "raw": after.rate - before.rate}
    counts = np.array([[before.count, after.count], [before.of, after.of]], dtype=np.float64)
    naive = difference(*counts) if before.of and after.of else float("nan")
    missing = dict.fromkeys((*_PARTS, *_CHANGE), float("nan"))
    if not before.of or not after.of:
        return Contrast(row | missing, naive)
    mix = Mix.learn(usual_rows, codes)
    past, now = mix.cells(usual_rows), mix.cells(judged)
    if is_sparse(row):
        told = vars(compare_plainly(past, now, effect)) if _many(after) else {}
        return Contrast(row | missing | told, naive)
    usual = learn(past, effect, BY_DAY)
    change = compare(usual, now)
    row |= _parts(usual, past, now, change.expected - before.rate)
    row |= {name: getattr(change, name) for name in _CHANGE}
    return Contrast(row, naive, _unseen(usual_rows, judged, codes), mix, usual)


_PARTS = ("mix", "weekday", "trend")
_CHANGE = (
    "expected", "difference", "low", "high", "ratio", "ratio_low", "ratio_high", "p_value",
)  # fmt: skip


def is_sparse(row: Mapping[str, Any]) -> bool:
    """Tell whether the benchmark has too few who did it, or who did not, to learn from."""
    did, of = row["count_before"], row["of_before"]
    return bool(min(did, of - did) < LEAST_MACROS)


def _many(share: Share) -> bool:
    return min(share.count, share.of - share.count) >= LEAST_MACROS


def _within(rows: pd.DataFrame, span: tuple[int, int]) -> pd.DataFrame:
    return rows[rows["day"].between(*span)]


def _named(share: Share, side: str) -> dict[str, float]:
    return {
        f"count_{side}": share.count,
        f"of_{side}": share.of,
        f"rate_{side}": share.rate,
        f"rate_{side}_low": share.low,
        f"rate_{side}_high": share.high,
    }


def _parts(usual: Usual, past: Cells, now: Cells, explained: float) -> dict[str, float]:
    """How much of the raw difference who came, the weekdays and the trend explain.

    Who came and the weekdays are let change one after the other, all else held at the mean of the
    benchmark; what is left of the explained difference is the trend.
    """
    days, time = slice(1, 1 + WEEKDAYS), slice(1 + WEEKDAYS, BY_DAY)
    mean = np.average(past.x, axis=0, weights=past.n)

    def rate(cells: Cells, *held: slice) -> float:
        x = cells.x.copy()
        for columns in held:
            x[:, columns] = mean[columns]
        return float(np.average(expit(x @ usual.beta), weights=cells.n))

    mix = rate(now, days, time) - rate(past, days, time)
    both = rate(now, time) - rate(past, time)
    return {"mix": mix, "weekday": both - mix, "trend": explained - both}


def _unseen(past: pd.DataFrame, now: pd.DataFrame, codes: Sequence[str]) -> float:
    """Share of those who came now with a label that the benchmark has not."""
    new = np.zeros(len(now), dtype=bool)
    for name in codes:
        new |= ~now[name].isin(past[name]).to_numpy()
    return float(now["n"].to_numpy()[new].sum() / now["n"].sum())


def line_of(rows: pd.DataFrame, periods: Periods, found: Contrast) -> pd.DataFrame:
    """Counts by day or week and what was to be expected of each, for the picture.

    Weeks are counted from the change, so that none spans it.

    Returns
    -------
    Columns side, begin, end (days), count, of, expected, low, high.
    """
    sides = {BEFORE: periods.before, AFTER: periods.after}
    sides |= {LATER: periods.later} if periods.later else {}
    days = max(b for _, b in sides.values()) - periods.before[0] + 1
    length = WEEK if days > MANY_DAYS else 1
    shown = []
    for side, (first, last) in sides.items():
        own = _within(rows, (first, last))
        # Weeks before the change end where it begins.
        origin = last + 1 if side == BEFORE else first
        begin = (own["day"] - origin) // length * length + origin
        edges = {"begin": begin.clip(lower=first), "end": (begin + length - 1).clip(upper=last)}
        shown.append(own.assign(side=side, **edges))
    whole = pd.concat(shown, ignore_index=True).sort_values("day", kind="stable")
    line = whole.groupby(["begin", "end", "side"], as_index=False)[["did", "n"]].sum()
    line = line.rename(columns={"did": "count", "n": "of"})
    expected = low = high = np.full(len(line), np.nan)
    if found.mix and found.usual:
        begins = whole.drop_duplicates("day")["begin"].to_numpy(np.int64)
        bins = np.unique(begins, return_inverse=True)[1].astype(np.int64)
        expected, low, high = foretell(found.usual, found.mix.cells(whole), bins)
    line = line.assign(expected=expected, low=low, high=high)
    return line[["side", "begin", "end", "count", "of", "expected", "low", "high"]]
