"""Rows that are left out or counted once: duplicates, missing ids, loss of consent."""

import pandas as pd

from microlift.plan.quoting import short
from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, Verdict, date_of, graded, part, things

# Doubles are dropped, so that a few do no harm; one row in 20 says that an export overlaps.
MANY_DUPLICATES = 0.05
FEW_MISSING, MANY_MISSING = 0.01, 0.2
# Consent is lost unevenly: macros twice as often as other events, or much more from a week on.
UNEVEN, LEAST_UNEVEN = 2.0, 0.01
STEP = 0.03
WEEK = 7


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
    step = _step(without)
    verdict: Verdict = "good"
    example = ""
    if max(ours, theirs) >= LEAST_UNEVEN and max(ours, theirs) >= UNEVEN * min(ours, theirs):
        verdict = "look"
        example = f"no id: {ours:.1%} of macros, {theirs:.1%} of other events"
    elif step and abs(step[2] - step[1]) >= STEP:
        verdict = "look"
        example = f"no id: {step[1]:.1%} of rows, {step[2]:.1%} from {date_of(step[0])} on"
    return Finding(
        "consent loss",
        verdict,
        int(macros["nobody"].sum()),
        ours,
        example,
        "Users who refuse to be followed are not in the log. If they buy more or less often than "
        "others, or a banner changed in mid-window, rates and weights speak of those who agreed.",
        "Compare windows before and after the change, and scale weights by the macros of the shop "
        "itself, not by those of the log.",
    )


def _nobody(counts: Counts) -> int:
    return counts.facts.rejected.get("no user", 0)


def _without_user(counts: Counts) -> pd.DataFrame:
    rows = counts.door.rows
    if not _nobody(counts) or not len(rows):
        return pd.DataFrame({"day": [], "event": [], "n": [], "nobody": []})
    return rows.dropna()


def _step(rows: pd.DataFrame) -> tuple[int, float, float] | None:
    """Find the day that parts the shares without id most; at least two weeks on either side."""
    daily = rows.groupby("day")[["n", "nobody"]].sum().sort_index()
    if len(daily) < 4 * WEEK:
        return None
    n, nobody = daily["n"].cumsum().to_numpy(), daily["nobody"].cumsum().to_numpy()
    best, most = None, -1.0
    for at in range(2 * WEEK, len(daily) - 2 * WEEK + 1):
        n1, n2 = n[at - 1], n[-1] - n[at - 1]
        before, after = nobody[at - 1] / n1, (nobody[-1] - nobody[at - 1]) / n2
        # The sum of squares that the two means explain.
        told = float((after - before) ** 2 * n1 * n2)
        if told > most:
            best, most = (int(daily.index[at]), float(before), float(after)), told
    return best
