"""Rate ratios of each action: it counts from the moment it is done, not from the beginning."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.journeys.cox import GATE, NOBODY, Bools, Fit, Floats, Ints, Spells, fit_cox
from microlift.journeys.shares import corrected
from microlift.journeys.waiting import macro_name, many, refuse_without_macros, sample_of_users
from microlift.plan import AFTER_MACRO
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SURE = 0.05
USERS = 50_000
LEAST_MACROS = 10
VAGUE = 3.0  # standard error of a log ratio: its interval spans five powers of ten
NEVER = 1 << 60
MEANING = (
    "A ratio compares, among users who are still without a macro at the same time since their "
    "first event, the rate of macros of those who have done the action with that of those who "
    "have not (yet), adjusted only for the other actions and the attributes. People who do "
    "anything are there and mean to go on, so it is not the lift: what the action itself changes, "
    "LiftModel estimates."
)


@dataclass(frozen=True, eq=False, repr=False)
class Hazards(Result):
    """Rate ratios (hazard ratios) of each action.

    Attributes
    ----------
    frame
        One row an action: action, kind, doers (users who did it before the macro), macros (of
        these), hazard_ratio, low, high (the action counts from the moment it is done), q_value
        (whether the ratio is 1, corrected for the number of actions, Benjamini-Hochberg),
        ever_ratio, ever_low, ever_high (the naive one: doers against the others from the very
        beginning), proportional_q (whether the ratio is the same at all times, corrected alike),
        note.
    finding
        What they say, in one sentence.
    users, macros
        How many went into it.
    notes
        What a ratio means, and how it was counted.
    """

    users: int
    macros: int
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the ratios, and beside each the naive one; `narrow` for a phone."""
        from microlift.reporting.ratios import ratios

        with onto(ax):
            return ratios(self.frame, narrow)

    def _table(self) -> str:
        from microlift.reporting.ratios import ratios_table

        return ratios_table(self.frame)


@as_asked
def hazards(log: EventLog, users: int = USERS) -> Hazards:
    r"""Rate of macros after each action against the rate before it or without it, by Cox.

    The rate at time t since the first event is :math:`h_0(t) \exp(\sum_i \beta_i [t > T_i])`, with
    T_i the first time of action i. An action that stands before the macro in the log's total order
    counts also where both have the same time. Beside each ratio stands the naive one, which counts
    doers as such from the beginning: those who convert early have had less time to do anything
    (immortal time), so it is below 1 where an action changes nothing.

    Parameters
    ----------
    log
        The event log.
    users
        At most so many users are looked at, the same ones in every run; of larger logs a sample.
        More makes intervals narrower, and costs about 100 bytes a user and action.

    Returns
    -------
    Hazards
        With 95 % intervals, adjusted for the other actions and for all attributes of the plan.
        Users whose macro is their very first event are left out: nothing can come before it.

    Raises
    ------
    InputError
        If `users` is below 1, or fewer than 10 macros have something before them.

    References
    ----------
    Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x; Suissa (2008), doi:10.1093/aje/kwm324.

    Examples
    --------
    Forty users; half of them see a demo after an hour, and of these one buys every hour, of the
    others one every two hours:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "demo", "event": "demo"}]})
    >>> start = pd.Timestamp("2026-01-01", tz="UTC")
    >>> rows = [(f"u{i}", start, "page") for i in range(40)]
    >>> rows += [(f"u{i}", start + pd.Timedelta("1h"), "demo") for i in range(20)]
    >>> wait = [i + 2 if i < 20 else 2 * (i - 19) + 1 for i in range(40)]
    >>> rows += [(f"u{i}", start + pd.Timedelta(hours=w), "buy") for i, w in enumerate(wait)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.parquet"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_parquet(path)
    ...     with read_events(path, plan) as log:
    ...         row = hazards(log).to_frame().iloc[0]
    >>> bool(row["low"] > 1), round(float(row["hazard_ratio"]), 1)
    (True, 4.1)
    """
    if users < 1:
        msg = (
            f"users={users:,} leaves nobody to look at, so no ratio can be estimated. Give the "
            "largest number of users to look at, such as 50,000."
        )
        raise InputError(msg)
    sample = sample_of_users(log, users)
    size, opening = len(sample), int(sample["opening"].sum())
    sample = sample[~sample["opening"]].reset_index(drop=True)
    macros = int(sample["reached"].sum())
    refuse_without_macros("hazards()", log, macros, LEAST_MACROS)
    first = _first_times(sample, len(log.plan.actions))
    others = _levels(log, sample)
    timed = fit_cox(spells_of(sample, first, others))
    naive = fit_cox(_from_the_beginning(sample, first, others))
    frame = _rows(log, sample, first, timed, naive)
    notes = (MEANING, *_notes(log, size, opening, frame))
    return Hazards(frame, _finding(log, frame), len(sample), macros, notes)


def spells_of(sample: pd.DataFrame, first: Ints, others: Floats) -> Spells:
    """One stretch from each of a user's first actions to the next, the last up to the end."""
    # The end is moved by one microsecond: what stands before the macro at its very time counts.
    end = sample["end"].to_numpy(dtype=np.int64)[:, None] + 1
    begins = np.sort(np.where(first < end, first, end), axis=1)
    begins = np.concatenate([np.zeros_like(end), begins], axis=1)
    stops = np.concatenate([begins[:, 1:], end], axis=1)
    user, place = np.nonzero(begins < stops)
    start, stop = begins[user, place], stops[user, place]
    ends = (sample["reached"].to_numpy()[user] == 1) & (stop == end[user, 0])
    x = np.concatenate([first[user] <= start[:, None], others[user]], axis=1)
    return Spells(start, stop, ends, x.astype(np.float64))


def _from_the_beginning(sample: pd.DataFrame, first: Ints, others: Floats) -> Spells:
    """One stretch a user, who is a doer from the very beginning: what `ever did` compares."""
    end = sample["end"].to_numpy(dtype=np.int64) + 1
    x = np.concatenate([first < NEVER, others], axis=1).astype(np.float64)
    return Spells(np.zeros_like(end), end, sample["reached"].to_numpy() == 1, x)


def _first_times(sample: pd.DataFrame, actions: int) -> Ints:
    columns = [sample[f"f{i}"].fillna(NEVER).astype(np.int64) for i in range(actions)]
    return np.stack(columns, axis=1)


def _levels(log: EventLog, sample: pd.DataFrame) -> Floats:
    """One column for each value of each attribute but the one most users have."""
    columns = [np.empty((len(sample), 0))]
    for number in range(len(log.plan.log.attributes)):
        codes = sample[f"a{number}"].to_numpy()
        values, counts = np.unique(codes, return_counts=True)
        for value in np.delete(values, counts.argmax()):
            columns.append((codes == value)[:, None].astype(np.float64))
    return np.concatenate(columns, axis=1)


def _rows(log: EventLog, sample: pd.DataFrame, first: Ints, timed: Fit, naive: Fit) -> pd.DataFrame:
    actions = log.plan.actions
    reached = sample["reached"].to_numpy() == 1
    did: Bools = first < NEVER
    frame = pd.DataFrame(
        {
            "action": [action.name for action in actions],
            "kind": [action.kind for action in actions],
            "doers": did.sum(axis=0),
            "macros": did[reached].sum(axis=0),
        }
    )
    ratio, low, high = _ratios(timed, len(actions))
    frame = frame.assign(hazard_ratio=ratio, low=low, high=high)
    z = np.log(ratio) / timed.error[: len(actions)]
    frame["q_value"] = corrected(2 * stats.norm.sf(np.abs(z)))
    ratio, low, high = _ratios(naive, len(actions))
    frame = frame.assign(ever_ratio=ratio, ever_low=low, ever_high=high)
    judged = np.isfinite(frame["hazard_ratio"].to_numpy())
    check = np.where(judged, timed.proportional()[: len(actions)], np.nan)
    frame["proportional_q"] = corrected(check)
    frame["note"] = [_note(log, i, row, timed) for i, row in enumerate(frame.to_dict("records"))]
    return frame


def _ratios(fit: Fit, actions: int) -> tuple[Floats, Floats, Floats]:
    beta, error = fit.beta[:actions], fit.error[:actions]
    beta = np.where(error < VAGUE, beta, np.nan)
    half = float(stats.norm.ppf(0.975)) * np.where(error < VAGUE, error, np.nan)
    return np.exp(beta), np.exp(beta - half), np.exp(beta + half)


def _note(log: EventLog, number: int, row: Mapping[Hashable, Any], timed: Fit) -> str:
    if not log.plan.takes_part(log.plan.actions[number]):
        return AFTER_MACRO
    if not row["doers"]:
        return "nobody did it before the macro"
    why = timed.why.get(number)
    if why == NOBODY:
        return "no macro follows it"
    if why == GATE:
        return "no macro without it: its ratio has no upper end"
    if why:
        return "cannot be told from the other actions"
    if not np.isfinite(row["hazard_ratio"]):
        return "too few macros to tell"
    if row["proportional_q"] < SURE:
        return "changes with time: an average"
    return ""


def _finding(log: EventLog, frame: pd.DataFrame) -> str:
    """The action whose ratio is farthest from 1, and what the naive one would have said."""
    sure = frame[frame["q_value"] < SURE]
    if sure.empty:
        return f"No action goes with a rate of {macro_name(log)} that differs by more than chance."
    row = sure.loc[np.log(sure["hazard_ratio"]).abs().idxmax()]
    held = "other actions and attributes" if log.plan.log.attributes else "other actions"
    naive = ""
    if np.isfinite(row["ever_ratio"]):
        naive = f"; counted from the beginning, as 'ever did', it would be {row['ever_ratio']:.2f}"
    return (
        f"The rate of {macro_name(log)} is {row['hazard_ratio']:.2f} times as high after "
        f"{many([row['action']])} as before or without it (95 % interval {row['low']:.2f} to "
        f"{row['high']:.2f}, {held} held equal{naive}); a ratio of rates, not the lift."
    )


def _notes(log: EventLog, size: int, opening: int, frame: pd.DataFrame) -> list[str]:
    notes = []
    if size < log.facts.users:
        notes.append(
            f"A sample of {size:,} of {log.facts.users:,} users, the same one in every run; times "
            "are exact."
        )
    if opening:
        notes.append(
            f"{opening:,} users whose very first event is the macro are left out: nothing can come "
            "before it."
        )
    moving = frame[frame["proportional_q"] < SURE]
    if len(moving):
        notes.append(
            f"The ratio of {many(moving['action'])} changes with the time since the first event "
            "(test of proportional hazards, corrected): read it as an average."
        )
    return notes
