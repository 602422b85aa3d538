"""Rows that are left out or counted once: duplicates, missing ids, loss of consent."""

import numpy as np
import pandas as pd

from microlift.events.formats.ga4.rules import NO_CONSENT
from microlift.plan.quoting import short
from microlift.quality.chance import apart, limit_of
from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, Verdict, date_of, graded, part, things

# Doubles are dropped, so that a few do no harm; one row in 20 says that an export overlaps.
MANY_DUPLICATES = 0.05
FEW_MISSING, MANY_MISSING = 0.01, 0.2
# Consent is lost unevenly: macros twice as often as other events, or much more from a week on.
UNEVEN, LEAST_UNEVEN = 2.0, 0.01
STEP = 0.03
WEEK = 7
CHI_MEDIAN = 0.455  # of a squared standard normal


def duplicates(counts: Counts) -> Finding:
    """Rows that agree with another one in all that is read."""
    count, rows = counts.facts.duplicates, counts.facts.rows
    example = ""
    if count and len(counts.door.rows):
        example = _most_duplicates(counts)
    return Finding(
        "duplicates",
        graded(part(count, rows), MANY_DUPLICATES),
        count,
        part(count, rows),
        example,
        "They are counted once, so they change nothing by themselves; doubles that differ in a "
        "column that is read (a time, a value) are not found, and count twice.",
        "Look for overlapping exports or a tag that fires twice.",
    )


def _most_duplicates(counts: Counts) -> str:
    rows = counts.door.rows.dropna()
    rows = rows.assign(day=rows["day"].astype("int64"), kept=rows["n"] - rows["nobody"])
    kept = {
        (counts.first_day + day, name): int(n)
        for name, line in counts.series.items()
        if name
        for day, n in enumerate(line)
    }
    columns = (rows[name].tolist() for name in ("kept", "day", "event"))
    found = [
        (n - kept.get((day, name), n), day, name)
        for n, day, name in zip(*columns, strict=True)
        if name
    ]
    most, day, name = max(found, default=(0, 0, ""))
    return f"{things(most, 'row')} of {short(name)} on {date_of(day)}" if most > 0 else ""


def missing_ids(counts: Counts) -> Finding:
    """Rows without a user."""
    count, rows = _nobody(counts), counts.facts.rows
    example = ""
    without = _without_user(counts)
    if count and len(without):
        row = without.sort_values(["nobody", "day"], ascending=[False, True]).iloc[0]
        name = short(row["event"]) if row["event"] else "an event"
        example = f"{things(int(row['nobody']), 'row')} of {name} on {date_of(int(row['day']))}"
    return Finding(
        "missing ids",
        graded(part(count, rows), FEW_MISSING, MANY_MISSING),
        count,
        part(count, rows),
        example,
        "They are left out. Where steps of a journey lack an id, the journey looks shorter than "
        "it was, and effects of what was done in it look smaller.",
        "Map log.columns.user_id to an id that every row has, such as that of the device.",
    )


def consent(counts: Counts) -> Finding:
    """Whether ids are missing more often of macros, or from some week on."""
    without = _without_user(counts)
    macros = without[without["event"].isin(counts.plan.macro.event)]
    others = without[~without["event"].isin(counts.plan.macro.event)]
    ours = part(int(macros["nobody"].sum()), int(macros["n"].sum()))
    theirs = part(int(others["nobody"].sum()), int(others["n"].sum()))
    denied, step = counts.facts.rejected.get(NO_CONSENT, 0), step_of(without)
    count, share = int(macros["nobody"].sum()), ours
    verdict: Verdict = "good"
    example = ""
    if denied:  # the log itself says who refused
        count, share = denied, part(denied, counts.facts.rows)
        verdict = graded(share, FEW_MISSING)
        example = f"{things(denied, 'row')} without an id because consent was denied"
    elif _uneven(macros, others):
        verdict = "look"
        if theirs > ours:
            count, share = int(others["nobody"].sum()), theirs
        example = f"no id: {ours:.1%} of macros, {theirs:.1%} of other events"
    elif step and abs(step[2] - step[1]) >= STEP:
        verdict = "look"
        count = int(without["nobody"].sum())
        share = part(count, int(without["n"].sum()))
        example = f"no id: {step[1]:.1%} of rows, {step[2]:.1%} from {date_of(step[0])} on"
    return Finding(
        "consent loss",
        verdict,
        count,
        share,
        example,
        "Users who refuse to be followed are not in the log. If they buy more or less often than "
        "others, or a banner changed in mid-window, rates and weights speak of those who agreed.",
        "Compare windows before and after the change, and scale weights by the macros of the shop "
        "itself, not by those of the log.",
    )


def _uneven(macros: pd.DataFrame, others: pd.DataFrame) -> bool:
    """Whether ids are missing much more often of one kind, and more than chance would have it."""
    lost = [float(rows["nobody"].sum()) for rows in (macros, others)]
    whole = [float(rows["n"].sum()) for rows in (macros, others)]
    if not all(whole) or not any(lost):
        return False
    less, more = sorted(a / n for a, n in zip(lost, whole, strict=True))
    z = apart(lost[0], whole[0], lost[1], whole[1])
    return more >= LEAST_UNEVEN and more >= UNEVEN * less and abs(z) >= limit_of(1)


def _nobody(counts: Counts) -> int:
    return counts.facts.rejected.get("no user", 0)


def _without_user(counts: Counts) -> pd.DataFrame:
    rows = counts.door.rows
    if not _nobody(counts) or not len(rows):
        return pd.DataFrame({"day": [], "event": [], "n": [], "nobody": []})
    return rows.dropna()


def step_of(rows: pd.DataFrame) -> tuple[int, float, float] | None:
    """Find the day that parts the shares without id most; at least two weeks on either side.

    None where chance parts days as far: how much more than counting days differ is taken from the
    days themselves, and the day was chosen among all.
    """
    daily = rows.groupby("day")[["n", "nobody"]].sum().sort_index()
    if len(daily) < 4 * WEEK:
        return None
    n, nobody = daily["n"].cumsum().to_numpy(), daily["nobody"].cumsum().to_numpy()
    best, most = 0, -1.0
    places = range(2 * WEEK, len(daily) - 2 * WEEK + 1)
    for at in places:
        n1, n2 = n[at - 1], n[-1] - n[at - 1]
        before, after = nobody[at - 1] / n1, (nobody[-1] - nobody[at - 1]) / n2
        # The sum of squares that the two means explain.
        told = float((after - before) ** 2 * n1 * n2)
        if told > most:
            best, most = at, told
    before, after = (part(int(h["nobody"].sum()), int(h["n"].sum())) for h in _cut(daily, best))
    expected = np.repeat([before, after], [best, len(daily) - best])
    counting = daily["n"] * expected * (1 - expected)
    off = (daily["nobody"] - daily["n"] * expected) ** 2 / counting.where(counting > 0)
    differ = max(1.0, float(off.median()) / CHI_MEDIAN) if off.notna().any() else 1.0
    share = float(nobody[-1] / n[-1])
    z2 = most / (n[-1] * share * (1 - share)) / differ if 0 < share < 1 else 0.0
    if z2 < limit_of(len(places)) ** 2:
        return None
    return int(daily.index[best]), before, after


def _cut(daily: pd.DataFrame, at: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    return daily.iloc[:at], daily.iloc[at:]
