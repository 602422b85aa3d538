"""Diagnosis: where visits stopped going on, since when, what it costs, and what to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.diagnosis.faults import Fault, find_faults
from microlift.diagnosis.pairs import MOST_PAIRS, Pair, find_pairs
from microlift.diagnosis.passes import Passes, Span, count_passes
from microlift.diagnosis.scan import FORTNIGHT, Scan
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.journeys.shares import Share
from microlift.plan import Clock
from microlift.plan.quoting import printable, short
from microlift.quality.finding import date_of
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DROP, NEVER, TROUBLE = "fewer go on", "hardly anybody goes on", "trouble"
LEAST_PASSED = 20  # visits that tell what one that goes on is worth
LEAST_DAYS = 21
SHOWN = 3
_NO_PAIRS = (
    "Not judged: the plan has no funnel, no milestone and no pair that is known by name. Name a "
    "funnel, or give pairs=[...]."
)
_COLUMNS = [
    "rule", "step", "then", "segment", "since", "until", "ongoing", "visits", "share", "low",
    "high", "usual", "lost", "lost_low", "lost_high", "money", "money_low", "money_high",
    "currency", "z", "evidence", "cause",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Result):
    """What went wrong on the way, and when.

    Attributes
    ----------
    frame
        One row a finding, the largest loss first: rule; step (where visits stand) and then (what
        they should have gone on to, or the trouble they met); segment; since and until (dates, the
        last one included) and ongoing; visits (with the step, in these days); share with low and
        high (of them that went on, or met the trouble); usual (the share to be expected of the same
        kinds of visits by all other days); lost with lost_low and lost_high (visits that would have
        gone on); money with money_low and money_high, and currency; z (standard errors from the
        usual share); evidence; cause (what to look at first).
    finding
        What it says, in one sentence.
    notes
        How it was judged.
    fingerprint
        Of the log.
    """

    then: ClassVar[str] = ".plot(), ml.backlog(ledger, diagnosis)"

    notes: tuple[str, ...]
    fingerprint: str
    _series: tuple[Passes, ...]
    _span: Span

    def plot(self, number: int = 0, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the share over time around one finding, beside what was to be expected."""
        from microlift.reporting.faults import healthy, over_time

        with onto(ax):
            if self.frame.empty:
                return healthy(self._series, narrow)
            if number not in range(len(self.frame)):
                msg = (
                    f"number={short(number)} is none of the {len(self.frame):,} findings, which "
                    "are counted from 0, so there is nothing to draw. Give 0 to "
                    f"{len(self.frame) - 1:,}."
                )
                raise InputError(msg)
            row = self.frame.iloc[number]
            return over_time(row, self._series[number], self._span.first, narrow)

    def _table(self) -> str:
        from microlift.reporting.faults import findings_table

        return findings_table(self.frame)


@as_asked
def diagnose(log: EventLog, pairs: Sequence[tuple[str, str]] = ()) -> Diagnosis:
    r"""Find steps at which something went wrong: since when, for whom, at what cost.

    Each pair of things that should follow each other in a visit is judged by its own history, day
    by day, of all users and by label of each attribute: the funnel's steps; pairs known by name
    (pricing and sign-up, a form's start and its submission, video, scroll and call to action); and
    friction (actions of that kind, and events named error, bug, failure), which should not follow.
    A visit that does both counts as going on, whatever their order.

    For each run of days :math:`W` the visits that went on are set against those to be expected,

    .. math:: e_W = \sum_{d \in W} \sum_c n_{dc} \, p_c

    where :math:`n_{dc}` visits of cell c have the share :math:`p_c` by a logistic regression on
    what tells visits apart: first, second or later; how far the funnel was gone before; customer or
    not; the weekday; the labels of the plan's first four attributes. So a campaign that brings
    others is no fault, as far as an attribute tells it. A window is a finding if

    - the deviance of two binomial counts, inside and outside, exceeds what chance makes of all
      windows of all series in one log of a hundred;
    - its share lies below that of the days before it;
    - it lies 20 % below that of three ordinary weeks in four, raw and as expected, 10 % below the
      fortnight just before, and farther from the middle week than weeks of this series drift
      (trouble: at least twice above any week).

    So a return from a sale, a season or a slow decline is none. The first third of a log, at most
    four weeks, is history only: there nobody is known to have come back.

    Parameters
    ----------
    log
        The event log: at least three weeks.
    pairs
        More pairs, as ``[("video", "pricing_page")]``: actions of the plan, or the macro.

    Returns
    -------
    Diagnosis
        Empty on a healthy log. `lost` is (usual - share) x visits, with the 95 % interval of the
        share (Wilson). `money` is lost x (chance of the macro within the horizon of visits that go
        on - chance of those that do not, both outside of the finding's days) x mean macro value:
        what those who were stopped would have brought if they were like the others. Missing where
        the log has no macros.

    Raises
    ------
    InputError
        If a name is no action of the plan.

    Notes
    -----
    A slow decline over the whole log is no finding; see `trend`. A fault that begins in the history
    and never ends has nothing to be compared with, unless hardly anybody goes on at all.

    Cost: one row a visit in the engine, then sums by day, one pass for each attribute; a part of
    the users at a time.

    References
    ----------
    The scan is that of Kulldorff (1997), doi:10.1080/03610929708831995, with a Bonferroni limit.

    Examples
    --------
    Of 20 visits a day with a cart half buy, but from 22 to 28 January nobody does:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"horizon": "1d",
    ...     "macro": {"event": "buy", "value": 30.0, "currency": "USD"},
    ...     "actions": [{"name": "cart", "event": "cart"}], "funnel": ["cart"]})
    >>> rows = [(f"u{day}_{n}", f"2026-01-{day:02d} 10:00", event)
    ...     for day in range(1, 32) for n in range(20) for event in ["cart", "buy"]
    ...     if event == "cart" or (n % 2 == 0 and not 22 <= day <= 28)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = diagnose(log)
    >>> print(found.finding)  # doctest: +ELLIPSIS
    From 2026-01-22 to 2026-01-28 fewer visits went on from cart to buy: 0.0% ... about 2,100 USD.
    """
    found, mark = find_pairs(log, pairs), log.facts.fingerprint
    if not found:
        return Diagnosis(pd.DataFrame(columns=_COLUMNS), _NO_PAIRS, (), mark, (), Span(0, 0))
    span, series = count_passes(log, found)
    judged = span.days >= LEAST_DAYS
    faults = find_faults(log.plan, span, series) if judged else []
    whole = {each.pair: each for each in series if not each.segment[0]}
    rows = [_row(log, span, fault, whole[fault.series.pair]) for fault in faults]
    order = sorted(range(len(rows)), key=lambda k: _size(rows[k]), reverse=True)
    frame = pd.DataFrame([rows[k] for k in order], columns=_COLUMNS)
    shown = tuple(faults[k].series for k in order) or tuple(
        each for each in whole.values() if each.pair.wanted
    )
    scan = Scan(span, series)
    blind = [each.pair for each in whole.values() if not scan.could_show(each, FORTNIGHT)]
    told = _finding(log, frame, span, found, blind)
    notes = _notes(log, span, found, blind)
    return Diagnosis(frame, told, notes, mark, shown, span)


def _size(row: dict[str, object]) -> tuple[float, float]:
    money = float(row["money"])  # type: ignore[arg-type]
    return (money if np.isfinite(money) else 0.0, float(row["lost"]))  # type: ignore[arg-type]


def _row(log: EventLog, span: Span, fault: Fault, whole: Passes) -> dict[str, object]:
    series, window = fault.series, fault.window
    days = slice(window.start, window.stop)
    visits, went = int(series.seen[days].sum()), int(series.went[days].sum())
    share = Share.of_counts(went, visits)
    wanted = series.pair.wanted
    lost = [max(0.0, visits * (window.usual - s)) if wanted else 0.0 for s in _ends(share)]
    worth = _worth_of_one(log, [series, whole], days) if wanted else np.nan
    money = [each * worth for each in lost]
    attribute, label = series.segment
    stop = window.stop - 1
    return {
        "rule": NEVER if fault.never else DROP if wanted else TROUBLE,
        "step": printable(series.pair.first.name),
        "then": printable(series.pair.then.name),
        "segment": f"{printable(attribute)}: {printable(label)}" if attribute else "all",
        "since": date_of(span.first + window.start),
        "until": date_of(span.first + stop),
        "ongoing": stop >= span.days - 2,  # the last day is one in part
        "visits": visits,
        **{"share": share.rate, "low": share.low, "high": share.high, "usual": window.usual},
        **dict(zip(("lost", "lost_high", "lost_low"), lost, strict=True)),
        **dict(zip(("money", "money_high", "money_low"), money, strict=True)),
        "currency": log.facts.currency,
        "z": window.z,
        "evidence": _evidence(share, fault),
        "cause": series.pair.cause,
    }


def _ends(share: Share) -> tuple[float, float, float]:
    return share.rate, share.low, share.high


def _worth_of_one(log: EventLog, candidates: Sequence[Passes], days: slice) -> float:
    """What a visit that goes on is worth more than one that does not, on the other days.

    Of the segment, or where it has too few of all users.
    """
    if not log.facts.macros:
        return float("nan")
    mean: float = log.facts.value / 10**log.facts.minor_digits / log.facts.macros
    for series in candidates:
        other = np.ones(len(series.seen), dtype=bool)
        other[days] = days == slice(0, len(other))  # nobody ever: by the few, or by all users
        counts = (series.judged, series.judged_macro, series.passed, series.passed_macro)
        judged, judged_macro, passed, passed_macro = (int(c[other].sum()) for c in counts)
        if passed >= LEAST_PASSED and judged:
            return mean * max(0.0, passed_macro / passed - judged_macro / judged)
    return float("nan")


def _evidence(share: Share, fault: Fault) -> str:
    window, pair = fault.window, fault.series.pair
    usual = f"usual {window.usual:.1%}" if not fault.never else f"others {window.usual:.1%}"
    text = f"{share.count:,} of {share.of:,} visits, {share.rate:.1%}; {usual}"
    for trouble, met in fault.trouble:
        text += (
            f"; {printable(trouble.then.name)} in {met.share:.0%} of visits with "
            f"{printable(trouble.first.name)} (usual {met.usual:.1%})"
        )
    return text if pair.wanted else f"{text}; no loss at a step of the plan could be shown"


def _finding(
    log: EventLog, frame: pd.DataFrame, span: Span, pairs: Sequence[Pair], blind: Sequence[Pair]
) -> str:
    if span.days < LEAST_DAYS:
        return (
            f"Not judged: the log has {span.days:,} days, and it takes {LEAST_DAYS} to tell a "
            "fault from chance."
        )
    if frame.empty:
        judged = len(pairs) - len(blind)
        if not judged:
            return (
                "Not judged: so few visits come that even a fortnight in which nobody goes on "
                "would look like chance. Give a longer log, or pairs that more visits reach."
            )
        return (
            f"Nothing stands out: {judged:,} pair{'s' * (judged > 1)} of steps went as they "
            f"usually do, on the last {span.days - span.settled:,} of {span.days:,} days."
        )
    row = frame.iloc[0]
    where = "" if row["segment"] == "all" else f" ({row['segment']})"
    when = f"since {row['since']}" if row["ongoing"] else f"from {row['since']} to {row['until']}"
    if isinstance(log.plan.moments, Clock):
        when = f"{when}, by the day on which users began,"
    cost = ""
    if np.isfinite(row["money"]):
        cost = f", about {row['money']:,.0f} {row['currency'] or 'macros'}"
    if row["rule"] == TROUBLE:
        what = f"{row['share']:.1%} of visits with {row['step']} met {row['then']} {when}{where}"
        return f"{what}, usually {row['usual']:.1%}.{_more(frame)}"
    if row["rule"] == NEVER:
        return (
            f"Hardly anybody goes on from {row['step']} to {row['then']}{where}: {row['visits']:,} "
            f"visits stand before it, and {row['share']:.1%} pass{cost}.{_more(frame)}"
        )
    return (
        f"{when[0].upper()}{when[1:]} fewer visits went on from {row['step']} to {row['then']}"
        f"{where}: {row['share']:.1%} instead of {row['usual']:.1%}, {row['lost']:,.0f} visits "
        f"lost{cost}.{_more(frame)}"
    )


def _more(frame: pd.DataFrame) -> str:
    others = len(frame) - 1
    return f" {others:,} more finding{'s' * (others > 1)} below." if others else ""


def _notes(
    log: EventLog, span: Span, pairs: Sequence[Pair], blind: Sequence[Pair]
) -> tuple[str, ...]:
    unit = "A user's first horizon" if isinstance(log.plan.moments, Clock) else "A visit"
    notes = [
        f"{unit} counts once. The last {span.days - span.settled:,} of {span.days:,} days were "
        "looked at, the days before are history; visits of each kind, weekday and label against "
        "their like on other days. Pure chance raises a finding in one log of a hundred; a sale "
        "that ends, or a change in who comes that no attribute of the plan tells, may look like "
        "one. A finding says where and when, not why: the cause is a place to look."
    ]
    if blind:
        some = numbered([f"{pair.first.name} → {pair.then.name}" for pair in blind])
        notes.append(
            f"Too few visits to tell a fault, even if nobody went on for a fortnight: {some}."
        )
    if len(pairs) == MOST_PAIRS:
        notes.append(f"Only the first {MOST_PAIRS} pairs were looked at.")
    return tuple(notes)


def numbered(names: Sequence[str]) -> str:
    """List names for a sentence, the first few of many.

    >>> numbered(["a", "b", "c", "d"])
    'a, b, c and 1 more'
    """
    shown = ", ".join(printable(name) for name in names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown
