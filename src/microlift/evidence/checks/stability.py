"""Stability: the same lifts in parts of the window, over other horizons and other session gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.asked import as_asked
from microlift.evidence.check import Check
from microlift.evidence.recount import WITHIN, open_log
from microlift.evidence.settings import (
    GAP,
    HORIZON,
    WINDOW,
    Setting,
    all_sums,
    in_days,
    in_windows,
    over_horizons,
    with_gaps,
)
from microlift.evidence.sums import covariance, equality
from microlift.evidence.threads import one_thread
from microlift.evidence.verdicts import overall, tally
from microlift.journeys.shares import corrected
from microlift.models import Contrast, LiftModel
from microlift.models.lift import Sums
from microlift.moments.space import BUCKETS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
SURE = 0.05
SHIFT = float(np.log(1.1))  # a lift that moves by less than a tenth has not moved
MEANING = (
    "Windows are tested for one common lift (errors by groups of users). Over horizons a lift may "
    "well differ: an action that hastens what would have come anyway lifts the next week more than "
    "the next month; there only a turn of direction fails."
)


@dataclass(frozen=True, eq=False, repr=False)
class Stability(Check):
    """Lifts in windows of time, over horizons, and with other session gaps.

    Attributes
    ----------
    frame
        One row an action: action, lift, windows (with an estimate), q_value (all windows have one
        lift, over the actions, Benjamini-Hochberg), drift (factor by which the lift changes in 30
        days), drift_low, drift_high, verdict, note.
    finding
        What they say, in one sentence.
    estimates
        One row an action and setting: action, kind, setting, ratio, low, high.
    notes
        How to read it, and what could not be judged.
    """

    estimates: pd.DataFrame
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False) -> "Axes":
        """Draw the lift of each action by window."""
        from microlift.reporting.forests import Forest, forest, grouped

        rows = self.estimates[self.estimates["kind"] == WINDOW]
        return forest(grouped(rows, self.frame), Forest("lift by window of time"), narrow)

    def _table(self) -> str:
        from microlift.reporting.forests import stability_table

        return stability_table(self.frame, self.estimates)


@as_asked
@one_thread
def stability(model: LiftModel, *, windows: int | None = None) -> Stability:
    r"""Lifts by windows of time, over horizons of 7, 14 and 30 days, and with other session gaps.

    *Windows* split the mature moments by the calendar. That all windows have one lift is tested
    with the covariance of the windows over buckets of users; the drift is the slope of log lift
    over the windows' middles. An action fails where they differ (q < 0.05) by a tenth or more.

    *Horizons* are judged where the log is at least twice as long. An action fails where its lift
    is above 1 with one and below 1 with another, both by their intervals.

    *Session gaps* of 15, 30 and 60 minutes: sessions are numbered anew from the times of events.
    An action fails where its lift differs from that of the plan's gap (paired over the buckets, q
    < 0.05) by a tenth or more. Where the log numbers its visits itself, where actions are counted
    within visits, or with the clock, this is not judged.

    Measured: where an action doubles the chance to buy in the first half of the log and does
    nothing in the second, it fails in 20 of 20 logs of 8,000 users. On 27 logs of good shops of
    10,000 users (plain, channels, funnel, lowers, null) it failed 1, and 2 of 140 actions. (Of the
    other action in the spoiled logs, whose effect does not change, it failed 4 of 20: with some 40
    macros a window its test is too ready.)

    Parameters
    ----------
    model
        A fitted model whose log is still open: the moments are counted again.
    windows
        Into how many parts, 2 or more; by default 2 to 4, as many as hold two horizons each.

    Returns
    -------
    Stability

    Raises
    ------
    InputError
        If the log is closed.

    Notes
    -----
    Cost: up to five more counts of the moments and eight sets of contrasts, about 0.9 of moments
    and fit on 650,000 events.

    References
    ----------
    Cochran (1954), doi:10.2307/3001666; Hotelling (1931), doi:10.1214/aoms/1177732979.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import LiftModel, Plan, moments, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "view") for i in range(40)]
    >>> rows += [("u0", "2026-01-01 10:06", "buy"), ("u0", "2026-01-05 10:00", "view")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         print(stability(LiftModel().fit(moments(log))).finding)
    No lift could be estimated in two windows of time, so nothing is known of its stability.
    """
    log = open_log(model, "stability")
    own = Setting(HORIZON, in_days(log.plan.horizon), all_sums(model, model.judged_), own=True)
    gaps, why = with_gaps(model, log, own)
    settings = [*in_windows(model, log, windows), *over_horizons(model, log, own), *gaps]
    frame = _frame(model, settings)
    return Stability(
        frame, _finding(frame), "stability", overall(frame["verdict"]), _estimates(model, settings),
        tuple(filter(None, (MEANING, WITHIN if model.classes_.told else "", why))),
    )  # fmt: skip


def _frame(model: LiftModel, settings: Sequence[Setting]) -> pd.DataFrame:
    actions = model.moments_.log.plan.actions
    tests = [_of_windows([s for s in settings if s.kind == WINDOW], k) for k in range(len(actions))]
    q_values = corrected(np.array([test.p_value for test in tests]))
    moved = _moved([s for s in settings if s.kind == GAP], len(actions))
    rows = []
    for number, (action, test, q) in enumerate(zip(actions, tests, q_values, strict=True)):
        lift = model.contrasts_[number].ratio
        notes = []
        if q < SURE and test.apart >= SHIFT:
            notes.append("its lift is not the same in all windows")
        if _turns([s.found[number] for s in settings if s.kind == HORIZON]):
            notes.append("its direction turns with the horizon")
        if moved[number]:
            notes.append("its lift hangs on the session gap")
        verdict = None if np.isnan(test.p_value) or not np.isfinite(lift) else not notes
        if not np.isfinite(lift):
            notes = ["not identified"]
        elif verdict is None:
            notes = ["too few moments in the windows to tell"]
        rows.append((action.name, lift, test.windows, q, *test.drift, verdict, "; ".join(notes)))
    columns = [
        "action", "lift", "windows", "q_value", "drift", "drift_low", "drift_high", "verdict",
        "note",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"verdict": object})


@dataclass(frozen=True)
class _Test:
    """What the windows say of one action."""

    windows: int
    p_value: float = float("nan")
    apart: float = 0.0
    drift: tuple[float, float, float] = (float("nan"),) * 3


def _of_windows(settings: Sequence[Setting], number: int) -> _Test:
    """Test of one lift in all windows; and its slope, weighted as the slope of least variance."""
    known = [s for s in settings if s.found[number].known]
    if len(known) < 2:
        return _Test(len(known))
    found = [s.found[number] for s in known]
    theta = np.array([each.log_lift for each in found])
    weight = 1 / np.array([each.estimate.log_error for each in found]) ** 2
    months = np.array([s.middle for s in known]) / 30
    centred = months - np.average(months, weights=weight)
    slope = weight * centred / (weight * centred**2).sum()
    error = float(np.sqrt(slope @ covariance(found) @ slope))
    reach = float(stats.t.ppf(0.975, BUCKETS - 1)) * error
    centre = float(slope @ theta)
    drift = tuple(float(np.exp(x)) for x in (centre, centre - reach, centre + reach))
    apart = float(theta.max() - theta.min())
    return _Test(len(known), equality(found), apart, (drift[0], drift[1], drift[2]))


def _turns(found: Sequence[Sums]) -> bool:
    known = [each.estimate for each in found if each.known]
    return any(c.ratio_low > 1 for c in known) and any(c.ratio_high < 1 for c in known)


def _moved(settings: Sequence[Setting], actions: int) -> list[bool]:
    """Which lifts hang on the session gap: against the plan's own, paired over the users."""
    moved = [False] * actions
    plain = next((s.found for s in settings if s.own), None)
    for setting in settings:
        if setting.own or plain is None:
            continue
        pairs = list(zip(plain, setting.found, strict=True))
        both = [a.known and b.known for a, b in pairs]
        shifts = [
            b.log_lift - a.log_lift if ok else 0.0 for (a, b), ok in zip(pairs, both, strict=True)
        ]
        p_values = [
            equality(pair) if ok and abs(shift) > 1e-9 else float("nan")
            for pair, ok, shift in zip(pairs, both, shifts, strict=True)
        ]
        for number, q in enumerate(corrected(np.array(p_values))):
            moved[number] |= bool(q < SURE and abs(shifts[number]) >= SHIFT)
    return moved


def _estimates(model: LiftModel, settings: Sequence[Setting]) -> pd.DataFrame:
    unknown = Contrast()
    rows = [
        (action.name, s.kind, s.name, c.ratio, c.ratio_low, c.ratio_high)
        for number, action in enumerate(model.moments_.log.plan.actions)
        for s in settings
        for c in [s.found[number].estimate if s.found[number].known else unknown]
    ]
    return pd.DataFrame(rows, columns=["action", "kind", "setting", "ratio", "low", "high"])


def _finding(frame: pd.DataFrame) -> str:
    judged, failed, why = tally(frame)
    if not judged:
        return (
            "No lift could be estimated in two windows of time, so nothing is known of its "
            "stability."
        )
    if not failed:
        return (
            f"No change was found in the {judged:,} lifts that could be judged: not over "
            "time, not with the horizon, not with the session gap."
        )
    return f"{failed:,} of {judged:,} lifts are not stable: {why}."
