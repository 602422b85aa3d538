"""Unseen intent: what users want and the log does not hold, and what it does to each lift."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from microlift.asked import as_asked
from microlift.evidence.portraits import Portraits, portraits
from microlift.models import Contrast, LiftModel
from microlift.models.classes.classes import LEAST_USERS, Classes
from microlift.models.classes.fit import CERTAIN, MOST_STEPS
from microlift.models.lift import contrast
from microlift.models.model import WORKERS
from microlift.plan.quoting import short
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL = 0.02  # share of users in a class
TELLING = 0.1  # of what there is to know of who belongs where
LONGER = 0.2  # of users with more than two moments
NEAR = 0.005  # a lift that moves by less reads the same
MEANING = (
    "It is taken that users of one state and one first touch differ only in levels (how likely "
    "they are to do each thing, to convert, to come back), that nobody changes class within the "
    "log, and that what comes next follows a multinomial logit in the columns of the state."
)
MISTAKEN = (
    "Not every class is an intent. Where rates hang on how often something was done, which a state "
    "does not hold, or a channel follows a law of its own, users seem to differ too: in simulated "
    "shops of that kind lifts within classes were a third off where those without were right. "
    "An experiment decides between the two."
)
BROKEN_OFF = (
    f"The search for the most likely classes was broken off after {MOST_STEPS} steps, before it "
    "had come to its end: their number, shares and lifts could be others. Plan fewer actions or "
    "attributes, and see whether the lifts stay."
)


@dataclass(frozen=True, eq=False, repr=False)
class UnseenIntent(Result):
    """Whether users differ in an intent that the log does not hold, and what that does to lifts.

    Attributes
    ----------
    frame
        One row an action: ``action``; ``before``, ``before_low``, ``before_high`` (the lift
        without classes); ``lift``, ``low``, ``high`` (with them, as the model has it); ``shift``
        (of log lift), ``shift_errors`` (in standard errors of the lift without classes); ``note``.
    finding
        What they say, in one sentence.
    count
        Number of classes; with one, nothing is told apart and both lifts are the same.
    gain, gain_error
        By how much two classes raise the log-likelihood of users that the law has not seen,
        and the standard error of that; not a number where it was not asked.
    classes
        One row a class: ``class``, ``share`` of users, and at the average moment the chance of a
        planned action next (``acting``), of the ``macro`` next, of coming ``back`` after a visit;
        each also as a multiple of the average (``acting_times``, ...).
    shares
        One row an attribute's value and class: ``attribute``, ``value``, ``users``, ``class``,
        ``share``.
    telling
        How well journeys tell users apart, 0 to 1.
    notes
        What is taken for granted, and what makes the classes doubtful.
    """

    count: int
    gain: float
    gain_error: float
    classes: pd.DataFrame
    shares: pd.DataFrame
    telling: float
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the lift of each action with classes told apart; hollow: without."""
        from microlift.reporting.forests import Forest, forest

        with onto(ax):
            rows = self.frame.rename(columns={"lift": "ratio"}).assign(verdict=None)
            if self.count == 1:
                look = Forest("lift (one class: nothing to tell apart)")
                return forest(rows.drop(columns="before"), look, narrow)
            # In another colour where telling classes apart changes what the log shows.
            other = _reads(rows, "low", "high") != _reads(rows, "before_low", "before_high")
            rows["verdict"] = (~other).astype(object)
            told = "; orange: the finding is another one" if other.any() else ""
            look = Forest("lift, classes told apart", hollow=f"without classes{told}")
            return forest(rows, look, narrow)

    def _table(self) -> str:
        from microlift.reporting.intents import classes_table, intent_table, shares_table

        tables = [intent_table(self.frame)]
        if self.count > 1:
            tables.append(classes_table(self.classes))
        if len(self.shares):
            tables.append(shares_table(self.shares))
        return "".join(tables)


@as_asked
def unseen_intent(model: LiftModel) -> UnseenIntent:
    r"""Whether the log shows an intent that neither attributes nor history hold.

    Who wants to buy does more of everything. Where no attribute and no history of a user says so,
    that passes for lift. A user's whole journey does say it: who has done much will do much more.
    The model tells classes of users apart by their whole journeys (a finite mixture, as many
    classes as make users it has not seen more likely), and judges lift within classes. Here the
    lifts are estimated again without classes, and put beside those of the model.

    Assumed is that within a class what comes next hangs on the state alone, by a multinomial logit
    in its columns; that classes differ by the levels of its choices only, and in their shares by
    first touch; and that users stay in their class. An intent that changes from day to day, or
    that moves one action after a certain history alone, is not seen.

    Parameters
    ----------
    model
        A fitted model. Where it judges without classes, users are told apart here; of a large
        log that needs the log to be open.

    Returns
    -------
    UnseenIntent
        With one class nothing is estimated again: both lifts are the same.

    References
    ----------
    Heckman and Singer (1984), doi:10.2307/1911491.

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
    ...         found = unseen_intent(LiftModel().fit(moments(log)))
    >>> found.count, found.finding
    (1, 'Whether users differ in an unseen intent was not judged: too few users (40).')
    """
    model = _told_apart(model)
    told, choice = model.classes_.told, model.classes_.choice
    gain, error = choice.gains[0] if choice.gains else (float("nan"), float("nan"))
    known = None if told is None else portraits(model, told)
    frame = _frame(model, model.contrasts_ if told is None else _without_classes(model))
    return UnseenIntent(
        frame,
        finding=_unasked(model) or _finding(frame, model.classes_.count, gain, error),
        count=model.classes_.count,
        gain=gain,
        gain_error=error,
        classes=pd.DataFrame() if known is None else known.classes,
        shares=pd.DataFrame() if known is None else known.shares,
        telling=float("nan") if known is None else known.telling,
        notes=_notes(model, known),
    )


def _told_apart(model: LiftModel) -> LiftModel:
    """Return the model, judging within as many classes as the log supports."""
    if model.classes != 1:
        return model
    twin = copy(model)
    twin.classes = "auto"
    twin.classes_ = Classes.of(model.moments_, model.states_, "auto")
    if twin.classes_.told is None:
        return twin
    twin.judged_ = twin.classes_.told.split(model.states_)
    nuisance = twin.nuisance(twin.judged_)
    with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
        judge = partial(twin.judge, nuisance=nuisance)
        twin.contrasts_ = tuple(pool.map(judge, range(len(model.contrasts_))))
    return twin


def _without_classes(model: LiftModel) -> tuple[Contrast, ...]:
    """Contrasts as they would be if users were not told apart; of what has a lift."""
    nuisance = model.nuisance(model.states_)
    steps = model.moments_.steps

    def one(number: int) -> Contrast:
        own = model.contrasts_[number]
        if not np.isfinite(own.ratio):
            return own
        return contrast(model.states_, steps, number, nuisance)

    with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
        return tuple(pool.map(one, range(len(model.contrasts_))))


def _frame(model: LiftModel, before: tuple[Contrast, ...]) -> pd.DataFrame:
    rows = []
    actions = model.moments_.log.plan.actions
    for action, a, b in zip(actions, before, model.contrasts_, strict=True):
        shift = float(np.log(b.ratio / a.ratio))
        rows.append(
            (
                action.name, a.ratio, a.ratio_low, a.ratio_high, b.ratio, b.ratio_low,
                b.ratio_high, shift, shift / a.log_error, b.note or a.note,
            )
        )  # fmt: skip
    columns = ["action", "before", "before_low", "before_high", "lift", "low", "high", "shift"]
    return pd.DataFrame(rows, columns=[*columns, "shift_errors", "note"])


def _reads(frame: pd.DataFrame, low: str, high: str) -> pd.Series:
    """1 where an interval lies above 1, -1 where below, else 0."""
    return (frame[low] > 1).astype(int) - (frame[high] < 1).astype(int)


def _unasked(model: LiftModel) -> str:
    """Why users were not told apart, where nobody looked whether they could be."""
    begun = "Whether users differ in an unseen intent was not judged: "
    if model.classes_.told is not None:
        return ""
    if model.moments_.kind == "clock":
        return (
            f"{begun}between two ticks of the clock what comes next hangs on the exact time, and "
            "users for whom it has passed would make a class of their own."
        )
    if model.moments_.sample.users < LEAST_USERS:
        return f"{begun}too few users ({model.moments_.sample.users:,})."
    return ""


def _finding(frame: pd.DataFrame, count: int, gain: float, error: float) -> str:
    if count == 1:
        told = "a second class makes users it has not seen no more likely"
        if np.isfinite(gain) and gain > 0:
            told = (
                "a second class makes users it has not seen hardly more likely (log-likelihood "
                f"{gain:+.1f}, standard error {error:.1f})"
            )
        return f"No sign of an intent that the log does not hold: {told}."
    split = f"Users fall into {count} classes that neither attributes nor history tell apart"
    known = frame[frame["shift"].notna()]
    if known.empty:
        return f"{split}; no action has a lift that this could move."
    # In standard errors: a vague lift may move far and say nothing.
    most = known.iloc[int(known["shift_errors"].abs().to_numpy().argmax())]
    if abs(most["shift"]) < NEAR:
        return f"{split}; told apart, no lift moves."
    way = "falls" if most["shift"] < 0 else "rises"
    return (
        f"{split}; told apart, the lift of {short(str(most['action']))} {way} from "
        f"{most['before']:.2f} to {most['lift']:.2f}."
    )


def _notes(model: LiftModel, known: Portraits | None) -> tuple[str, ...]:
    """What is taken for granted, and what makes the classes, or that there are none, doubtful."""
    unfinished = () if model.classes_.converged else (BROKEN_OFF,)
    if known is None:
        return unfinished
    return (MEANING, MISTAKEN, *unfinished, *_doubts(model, known))


def _doubts(model: LiftModel, known: Portraits) -> list[str]:
    """What makes the classes doubtful."""
    notes, gains = [], model.classes_.choice.gains
    small = known.classes["share"].min()
    if small < SMALL:
        notes.append(f"The smallest class holds {small:.1%} of users: its chances are uncertain.")
    if known.telling < TELLING:
        notes.append(
            f"Journeys hardly tell users apart: they say {known.telling:.0%} of what there is to "
            "know of who belongs where, so the lifts lean on the form of the model."
        )
    if known.longer < LONGER:
        notes.append(
            f"Only {known.longer:.0%} of users have more than two moments, and classes are known "
            "from what the same user does again and again."
        )
    count = model.classes_.count
    if not gains:
        notes.append(f"That there are {count} classes was asked for, and not tested.")
    elif gains[count - 2][0] <= CERTAIN * gains[count - 2][1]:
        gain, error = gains[count - 2]
        notes.append(
            f"The last of the {count} classes changes the log-likelihood of users held out by "
            f"{gain:+.1f} (standard error {error:.1f}), not beyond chance: it is there to hold an "
            "intent more finely, and what it does alone is not certain."
        )
    return notes
