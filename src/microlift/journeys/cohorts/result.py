"""Cohorts: their size, and what follows for members and for the rest at comparable moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.cohorts.asking import Asked, Cohort, find_cohorts
from microlift.journeys.cohorts.comparing import Comparison, Mean, calendar_of, compare
from microlift.journeys.cohorts.following import WEEKS, follow_cohorts
from microlift.journeys.cohorts.saying import notes_on, row_note, say_finding
from microlift.journeys.shares import Share, corrected, wilson
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARES = ("share", "share_low", "share_high")
_TOLD = [
    "cohort", "size", "share", "judged", "rate", "rest_rate", "ratio", "ratio_low", "ratio_high",
    "q_value", "naive_ratio", "note",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Cohorts(Result):
    """Cohorts against the rest.

    Attributes
    ----------
    frame
        One row a cohort: cohort (its name); size (members: users who fulfil the expression before
        their first macro), share (of the visitors) with share_low and share_high; judged (members
        followed for the whole horizon, with somebody to be compared with), macros (of these,
        within the horizon), rate with low and high; rest_rate with rest_low and rest_high (of the
        rest at comparable moments); ratio with ratio_low and ratio_high; q_value (whether it is 1,
        corrected for the number of cohorts, Benjamini-Hochberg); naive_ratio (macro at any time
        among those who ever did, over that among all others: what dashboards show); value and
        rest_value with their ends (of the macros within the horizon, a user, where the plan names
        a value); note.
    finding
        What they say, in one sentence.
    retention
        Who comes back: cohort, week (1: the first seven days after), of (members whom the log
        follows for that long), back (share of them with a visit begun in that week), low, high,
        rest, rest_low, rest_high (the same of the rest at comparable moments).
    macro, currency
        What the plan calls a macro; of the values.
    notes
        How it was counted, and what it does not say.
    """

    retention: pd.DataFrame
    macro: str
    currency: str | None
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the macro rates of each cohort and of the rest side by side."""
        from microlift.reporting.cohorts import cohort_rates

        with onto(ax):
            return cohort_rates(self.frame, self.macro, narrow)

    def __str__(self) -> str:
        table = self.frame[_TOLD].to_string(
            index=False, float_format=lambda x: f"{x:.4g}", na_rep="-", max_colwidth=60
        )
        return "\n\n".join([self.finding, table, *self.notes])

    def _table(self) -> str:
        from microlift.reporting.cohorts import cohorts_table

        return cohorts_table(self.frame, self.retention, self.currency)


@as_asked
def cohorts(log: EventLog, cohorts: Asked) -> Cohorts:
    """Cohorts by what users did and in which order: how large they are, and how they fare.

    An expression is made of the actions of the plan and of these words, in capitals or not:

    - ``pricing AND case_study``: both, in any order. ``pricing OR video``: one of them.
    - ``video THEN pricing``: one after the other, each with an event of its own (in a funnel, an
      event that is two steps is both).
    - ``pricing TWICE``, ``pricing 3 TIMES``: at least so often.
    - ``WITHIN 7d`` behind any of these (AND, THEN, TWICE, TIMES): from the first to the last
      event of it; the limit itself is in time.
    - ``cart WITHOUT checkout WITHIN 1d``: no checkout in the time after a cart, known when it is
      over; without a time, or ``WITHIN session``, once that visit has been silent for longer than
      the session gap.
    - ``cart AND NOT checkout``: a cart while there has been no checkout. NOT stands in AND only.

    AND binds closer than OR, THEN closer than AND, and brackets closest. WITHIN belongs to what
    stands directly before it. Names with spaces, or those of these words, stand in quotes.

    A user becomes a member at the moment at which the expression is fulfilled for the first time,
    before the first macro, in the total order of the log (also at equal times), and stays one. An
    action that the log tells of later than it is known (a return) counts when it is known.

    Members are followed for the plan's horizon from that moment, and so is *the rest*: users who
    are still without a macro and no member (yet), from each of their events (or waits, where
    members are known by one). Both are laid side by side at the same time since the first event,
    the same number of events so far and in the same week (or four, or any, where otherwise more
    than 5 % of members would find nobody), and the rest is averaged with the members' weights.
    So nobody is immortal until becoming a member, nobody is looked at for longer, and those who
    left for good do not count against those who are there. It remains a comparison of people who
    differ: what an action changes, `LiftModel` estimates.

    Parameters
    ----------
    log
        The event log.
    cohorts
        An expression, several, or several by name.

    Returns
    -------
    Cohorts
        With 95 % intervals: by Wilson, those of the rest and of ratios with errors by bucket of
        users, since users stand for the rest repeatedly.

    Raises
    ------
    InputError
        If an expression cannot be read (the message points at the place), or names what is no
        action of the plan.

    Notes
    -----
    Cost: a few times the counting of the users in the file; a part of the users at a time. Of
    large logs about a million moments stand for the rest.

    References
    ----------
    Suissa (2008), doi:10.1093/aje/kwm324, on immortal time; Hernan and Robins (2016),
    doi:10.1093/aje/kwv254, on following all from comparable moments.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "demo", "event": "demo"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "demo" if i < 40 else "page") for i in range(100)]
    >>> rows += [(f"u{i}", "2026-01-01 12:00", "buy") for i in range(100) if i % 4 == i // 40]
    >>> rows += [(f"u{i}", "2026-01-01 13:00", "buy") for i in range(20) if i % 4 == 1]
    >>> rows += [("u99", "2026-01-05 10:00", "page")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = cohorts(log, "demo").to_frame()
    >>> print(found[["cohort", "size", "rate", "rest_rate", "ratio"]].to_string())
      cohort  size   rate  rest_rate  ratio
    0   demo    40  0.375       0.25    1.5
    """
    asked = find_cohorts(log.plan, cohorts)
    followed = follow_cohorts(log, [cohort.node for cohort in asked])
    sizes = followed.sizes.to_dict("records")
    rows, back, p_values, calendars = [], [], [], []
    for number, cohort in enumerate(asked):
        cells = _of(followed.members, number), _of(followed.rest, number)
        weeks = calendar_of(*cells)
        calendars.append(weeks)
        rate = compare(*cells, weeks)
        value = compare(*cells, weeks, what="value") if log.facts.currency else None
        size = {str(name): int(count) for name, count in sizes[number].items()}
        note = row_note(log, size, cells[0], rate)
        p_values.append(rate.p_value if rate and not note else np.nan)
        rows.append(_row(log, cohort, size, rate, value) | {"note": note})
        back += [_back(cohort, week, cells, weeks) for week in WEEKS]
    frame = pd.DataFrame(rows)
    q_values = corrected(np.array(p_values, dtype=float))
    frame.insert(list(frame.columns).index("naive_ratio"), "q_value", q_values)
    finding = say_finding(log, frame)
    notes = notes_on(log, asked, frame, calendars)
    macro, currency = log.plan.macro.name, log.facts.currency
    return Cohorts(frame, finding, pd.DataFrame(back), macro, currency, notes)


def _of(cells: pd.DataFrame, number: int) -> pd.DataFrame:
    return cells[cells["cohort"] == number].reset_index(drop=True)


def _row(
    log: EventLog,
    cohort: Cohort,
    size: Mapping[str, int],
    rate: Comparison | None,
    value: Comparison | None,
) -> dict[str, object]:
    share = Share.of_counts(int(size["users"]), log.facts.users)
    own = Share.of_counts(rate.count, rate.judged) if rate else Share.of_counts(0, 0)
    row: dict[str, object] = {"cohort": cohort.name, "size": int(size["users"])}
    row |= dict(zip(_SHARES, (share.rate, share.low, share.high), strict=True))
    row |= {"judged": own.of, "macros": own.count}
    row |= {"rate": own.rate, "low": own.low, "high": own.high}
    row |= dict(zip(("rest_rate", "rest_low", "rest_high"), _share_of_rest(rate), strict=True))
    ratio = (rate.ratio, *rate.interval) if rate else (np.nan,) * 3
    row |= dict(zip(("ratio", "ratio_low", "ratio_high"), ratio, strict=True))
    row["naive_ratio"] = _naive(size)
    digits = 10.0**log.facts.minor_digits if log.facts.currency else 1.0
    means = (value.member, value.rest) if value else (None, None)
    for name, mean in zip(("value", "rest_value"), means, strict=True):
        amounts = _amount(mean, value, digits)
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), amounts, strict=True))
    return row


def _amount(mean: Mean | None, of: Comparison | None, digits: float) -> tuple[float, float, float]:
    if mean is None or of is None:
        return np.nan, np.nan, np.nan
    low, high = mean.ends(of.quantile)
    return mean.value / digits, max(0.0, low / digits), high / digits


def _share_of_rest(found: Comparison | None) -> tuple[float, float, float]:
    """A standardised share, as many draws as its error is worth."""
    if found is None:
        return np.nan, np.nan, np.nan
    rate = found.rest.value
    variance = found.rest.error**2
    draws = rate * (1 - rate) / variance if variance > 0 else float(found.rest_of)
    return rate, *wilson(rate, max(1.0, min(draws, found.rest_of)))


def _naive(size: Mapping[str, int]) -> float:
    """Macro at any time among members over that among all others."""
    if not size["users"] or not size["others"] or not size["other_macros"]:
        return float("nan")
    return float(size["macros"] / size["users"] / (size["other_macros"] / size["others"]))


def _back(
    cohort: Cohort, week: int, cells: tuple[pd.DataFrame, pd.DataFrame], weeks: int
) -> dict[str, object]:
    found = compare(*cells, weeks, of=f"n{week}", what=f"y{week}")
    own = Share.of_counts(found.count, found.judged) if found else Share.of_counts(0, 0)
    row: dict[str, object] = {"cohort": cohort.name, "week": week, "of": own.of}
    row |= {"back": own.rate, "low": own.low, "high": own.high}
    return row | dict(zip(("rest", "rest_low", "rest_high"), _share_of_rest(found), strict=True))
