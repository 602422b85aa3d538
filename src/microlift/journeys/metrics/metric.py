"""The primary metric of an A/B test: which micro action to measure it by where macros are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.metrics.asked import read_ask, read_booked
from microlift.journeys.metrics.choice import finding, judge, risk
from microlift.journeys.metrics.counts import follow_visitors
from microlift.journeys.metrics.figures import figures_of, metrics_of, with_past
from microlift.journeys.metrics.past import compare, find_comparisons
from microlift.journeys.metrics.words import notes_of
from microlift.journeys.shares import corrected
from microlift.journeys.waiting import macro_name
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microlift.weights import Weights

SHOWN = ["metric", "rate", "phi", "carries", "visitors", "days", "days_through", "verdict"]


@dataclass(frozen=True, eq=False, repr=False)
class PrimaryMetric(Result):
    """Metrics for an A/B test, the one to use first.

    Attributes
    ----------
    frame
        One row a metric, in the order in which to take them: metric, kind; rate, low, high (share
        of visitors who did it in time; of booked weights the mean); phi, phi_low, phi_high (its
        correlation with the macro), q_value (whether the macro's rate differs at all between those
        who did it and the others, corrected for the number of metrics, Benjamini-Hochberg);
        macro_if_did, macro_if_not; visitors (both arms), changed, unchanged (in each) and days for
        a test of the relative effect on the metric itself; carries (the share of the macros that
        goes with the metric: x % more of it is carries times x % more macros at most);
        metric_effect, days_through (if a change raises the macro by the effect, and only through
        this action: how far the metric then moves, and the days to tell it; not a number where the
        tie is too weak for that); macros_without (share
        of macros without it), doers_without (share of doers without the macro); at_macro (share of
        converting doers with whom it is recorded at the macro's very time); compared, agree,
        effects_r, moved_alone (past comparisons: how many, with effects of one sign on metric and
        macro, the correlation of effects from three on, and those in which it moved and the macro
        followed less than it should have); verdict: use, would do, the macro, no sooner (than the
        macro), weak tie, moved alone (in a past comparison), at the macro (recorded together with
        it), goes against, friction, unknown; and the risk.
    finding
        Which to use, how much sooner a test ends, and the risk, in one sentence.
    effect, power, share
        What was asked for.
    window, visitors_a_day
        Days that each visitor is followed for; the log's own traffic.
    past
        Effects of past experiments: experiment, variant, control, metric, kind, visitors,
        visitors_control, effect (relative), low, high. Empty where none is named.
    notes
        How it was counted, and under which assumption to believe it.
    """

    effect: float
    power: float
    share: float
    window: float
    visitors_a_day: float
    past: pd.DataFrame
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the days of a test by each metric, with its correlation beside."""
        from microlift.reporting.metrics import days_bars

        with onto(ax):
            return days_bars(self.frame, self.effect, narrow)

    def _table(self) -> str:
        from microlift.reporting.metrics import metrics_table, past_table

        table = metrics_table(self.frame, self.effect)
        return table + past_table(self.past) if len(self.past) else table

    def __str__(self) -> str:
        def written(frame: pd.DataFrame) -> str:
            return str(frame.to_string(index=False, float_format=lambda x: f"{x:.4g}", na_rep="-"))

        tables = [written(self.frame[SHOWN]), *([written(self.past)] if len(self.past) else [])]
        return "\n\n".join([self.finding, *tables, *self.notes])


@as_asked
def primary_metric(
    log: EventLog,
    *,
    effect: float = 0.05,
    power: float = 0.8,
    share: float = 0.5,
    experiment: str | Sequence[str] | None = None,
    weights: "Weights | None" = None,
) -> PrimaryMetric:
    r"""Find the micro action by which to measure an A/B test where macros are few.

    Every visitor is followed for the same time, the plan's horizon from the first visit; whoever
    came too late for that is left out. A metric is whether a visitor did the action in that time
    and before the macro. With its rate r, the macro's rate p, and the macro rates P1 of those who
    did it and P0 of the others, the share :math:`c = r (P_1 - P_0) / p` of the macros goes with it.
    So x % more of it is at most c x % more macros; and a change that raises the macro by x %, only
    through the action, moves it by x / c %.

    Parameters
    ----------
    log
        The event log.
    effect
        The relative effect to tell, above 0 and below 1: 0.05 for 5 % more.
    power
        The chance to tell it if it is there, two-sided at 5 %.
    share
        The part of the visitors who get the change.
    experiment
        An attribute of the plan that names the variant of a past experiment (or several
        attributes); values ``name:variant`` hold several experiments. The control is the variant
        called control (or a, original, baseline, off, old, 0), else the first by name.
    weights
        Weights that are booked: then their sum over a visitor's actions, each once, is a metric
        too.

    Returns
    -------
    PrimaryMetric
        The metric to use first: of those whose correlation with the macro is 0.3 or more (the
        lower end of its 95 % interval) the one whose test ends first. Days are those until there
        are enough visitors, at the traffic of the log, and the last one has been followed.

    Raises
    ------
    InputError
        If effect, power or share is not between 0 and 1, the plan has no such attribute, the
        weights are withheld, the log is too short to follow visitors for the horizon, or fewer
        than 20 of these have (or have not) the macro.

    Notes
    -----
    Assumption: those whom a change wins for the action go on as those who do it now (a surrogate in
    the sense of Prentice 1989, doi:10.1002/sim.4780080407). People who do it meant to go on anyway,
    so c is an upper end; `LiftModel` estimates what the action itself changes.

    Examples
    --------
    A fifth of 400 visitors fill a cart, half of these buy; of the others one in forty does:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "cart", "event": "cart"}]})
    >>> start = pd.Timestamp("2026-01-01", tz="UTC")
    >>> rows = []
    >>> for i in range(400):
    ...     come = start + pd.Timedelta(hours=i)
    ...     rows.append((f"u{i}", come, "page"))
    ...     if i % 5 == 0:
    ...         rows.append((f"u{i}", come + pd.Timedelta("1min"), "cart"))
    ...     if i % 10 == 0 or i % 40 == 1:
    ...         rows.append((f"u{i}", come + pd.Timedelta("1h"), "buy"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.parquet"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_parquet(path)
    ...     with read_events(path, plan) as log:
    ...         found = primary_metric(log, effect=0.2)
    >>> found.to_frame()[["metric", "verdict"]].to_numpy().tolist()
    [['cart', 'use'], ['buy', 'the macro']]
    """
    ask = read_ask(effect, power, share)
    booked = read_booked(log, weights)
    comparisons = find_comparisons(log, experiment)
    followed = follow_visitors(log, sorted({one.column for one in comparisons}))
    metrics = metrics_of(log, followed, booked)
    past = compare(followed, comparisons, metrics)
    rows = pd.DataFrame(
        [figures_of(log, followed, ask, name, values) for name, values in metrics.items()]
    )
    rows["q_value"] = corrected(rows.pop("p_value").to_numpy())
    rows = judge(with_past(rows, past))
    macro = macro_name(log)
    rows["risk"] = [risk(row) for row in rows.to_dict("records")]
    rows = rows.drop(columns="note")[_COLUMNS]
    found = finding(rows, macro, ask.effect)
    notes = notes_of(log, followed, ask, rows, past)
    return PrimaryMetric(
        rows, found, ask.effect, ask.power, ask.share, followed.window, followed.a_day, past, notes
    )


_COLUMNS = [
    "metric", "kind", "rate", "low", "high", "phi", "phi_low", "phi_high", "q_value",
    "macro_if_did", "macro_if_not", "visitors", "changed", "unchanged", "days", "carries",
    "metric_effect", "days_through", "macros_without", "doers_without", "at_macro", "compared",
    "agree", "effects_r", "moved_alone", "verdict", "risk",
]  # fmt: skip
