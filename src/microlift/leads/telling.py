"""Scores and ledger steps put into words: one row a lead, the finding, and what to know."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.waiting import macro_name, told
from microlift.leads.judging import Judgement
from microlift.leads.landmarks import Cells, Times
from microlift.leads.naming import PLAIN, REVERSIBLE
from microlift.leads.reasons import Steps
from microlift.leads.result import LeadScores
from microlift.plan import Clock, micros
from microlift.plan.quoting import clipped

Floats = npt.NDArray[np.float64]

FEW_JUDGED = 50
REASONS = 3
SURPRISE = 3.0  # standard errors
LEAST_POINTS = 0.005  # of a reason, in percentage points: less would be printed as 0.00
COLUMNS = (
    "lead", "chance", "low", "high", "expected_value", "currency", "last_seen",
    "reason_1", "reason_2", "reason_3",
)  # fmt: skip
MEANING = (
    "A reason is a step of the user's own ledger: by how many percentage points the chance changed "
    "where it was done, summed over the user's journey: what is done again and again, and undone "
    "in between, may add up to more than 100. It says what goes with a warm lead, and not what an "
    "action causes; that is the lift."
)


@dataclass(frozen=True, eq=False)
class Scored:
    """Leads with their chances and steps, before they are put into words.

    Attributes
    ----------
    log, judgement, steps
        What they were made from.
    chance
        Of each lead.
    last_t
        The last event of each, in microseconds.
    came
        How each came.
    """

    log: EventLog
    judgement: Judgement
    chance: Floats
    steps: Steps
    last_t: npt.NDArray[np.int64]
    came: list[str]

    def result(self, names: list[str], ids: str, notes: tuple[str, ...]) -> LeadScores:
        """Put all together, the warmest first."""
        facts = self.log.facts
        low, high = self.judgement.interval(self.chance)
        entries = self._entries()
        frame = pd.DataFrame({"lead": names, "chance": self.chance, "low": low, "high": high})
        frame["expected_value"] = self.chance * self._mean_value()
        frame["currency"] = facts.currency or ""
        seen = pd.to_datetime(self.last_t, unit="us", utc=True)
        zone = self.log.plan.log.timezone
        frame["last_seen"] = seen.tz_convert(zone).strftime("%Y-%m-%d").to_numpy(dtype=object)
        for place, texts in enumerate(self._reasons(entries), start=1):
            frame[f"reason_{place}"] = texts
        order = frame.sort_values(["chance", "lead"], ascending=[False, True]).index
        frame = frame.loc[order, list(COLUMNS)].reset_index(drop=True)
        entries = entries.loc[order].reset_index(drop=True)
        found = self._finding(frame)
        return LeadScores(frame, found, self.judgement, entries, self.steps.base, ids, notes)

    def _mean_value(self) -> float:
        """Mean value of users' first macros, in units of the currency; 1 without values."""
        macros = self.log.events.filter(self.log.events.macro == 1)
        first = macros.group_by("user").agg(value=macros.value.argmin(macros.seq))
        counted = first.agg(n=first.count(), value=first.value.sum().cast("int64"))
        row = self.log.con.to_pyarrow(counted).to_pylist()[0]
        worth = int(row["value"] or 0) / 10**self.log.facts.minor_digits
        return float(worth / max(1, int(row["n"])))

    def _entries(self) -> pd.DataFrame:
        """The ledger of each lead: what adds up to the chance, less that of an average arrival."""
        steps, plan = self.steps, self.log.plan
        first = np.where(np.isnan(steps.first), steps.base, steps.first)
        last = np.where(np.isnan(steps.last), steps.base, steps.last)
        entries = pd.DataFrame({"arrival": first - steps.base})
        for number, action in enumerate(plan.actions):
            entries[f"action {action.name}"] = steps.actions[:, number]
        # Halves of a step that stands for several actions are whole numbers: what is cut off, and
        # all that the time since the last moment has changed, is time.
        booked = steps.actions.sum(axis=1)
        entries["time"] = self.chance - last + (last - first - booked)
        return entries

    def _reasons(self, entries: pd.DataFrame) -> list[list[str]]:
        """The strongest entries of each lead in words: one list a place."""
        points = 100 * entries.to_numpy()
        order = np.argsort(-np.abs(points), axis=1, kind="stable")
        leads = range(len(points))
        return [
            [self._reason(lead, int(order[lead, place]), points) for lead in leads]
            if place < order.shape[1]
            else [""] * len(points)
            for place in range(REASONS)
        ]

    def _reason(self, lead: int, entry: int, points: Floats) -> str:
        size = float(points[lead, entry])
        if abs(size) < LEAST_POINTS:
            return ""
        if entry == 0:
            what = self.came[lead]
        elif entry < points.shape[1] - 1:
            times = int(self.steps.times[lead, entry - 1])
            what = self.names[entry - 1] + (f" ×{times}" if times > 1 else "")
        else:
            since = told(float(self.log.facts.last_us - self.last_t[lead]))
            what = f"quiet for {since}"
            if size > 0:
                back = self.steps.time[lead] > size / 2
                what = self.returned if back else f"{since} after the last event"
        return f"{what} {size:+.1f} points" if abs(size) >= 1 else f"{what} {size:+.2f} points"

    @cached_property
    def returned(self) -> str:
        """What has raised the chance where the time between moments did."""
        return "quiet time" if isinstance(self.log.plan.moments, Clock) else "coming back"

    @cached_property
    def names(self) -> list[str]:
        """Names of the actions, bounded."""
        return [clipped(action.name) for action in self.log.plan.actions]

    def _finding(self, frame: pd.DataFrame) -> str:
        log, judged = self.log, self.judgement
        worth = ""
        if log.facts.currency:
            worth = f", worth {frame['expected_value'].sum():,.0f} {log.facts.currency}"
        horizon = told(micros(log.plan.horizon))
        return (
            f"{len(frame):,} users are open leads, and {frame['chance'].sum():,.0f} of them are "
            f"expected to reach {macro_name(log)} within {horizon}{worth}. {_verdict(judged)}"
        )


def _verdict(judged: Judgement) -> str:
    """Say what became of scores made in the same way, and first of all where they are worthless."""
    slope, top = judged.slope, judged.gains.iloc[0]
    line = "it cannot be told whether they are calibrated"
    if np.isfinite(slope.value):
        interval = f"95 % interval {slope.low:.2f} to {slope.high:.2f}"
        line = f"calibration slope {slope.value:.2f}, {interval}"
    came = (
        f"On later data, scores made in the same way expected {judged.expected:,.0f} and "
        f"{judged.macros:,} came ({line})"
    )
    if not judged.ranks:
        return f"Do not call by this list: {came[0].lower()}{came[1:]}, and ranked as chance would."
    return f"{came}; the top tenth held {top['share_of_macros']:.0%} of them."


def arrivals_of(log: EventLog, cells: Cells, began: npt.NDArray[np.int64]) -> list[str]:
    """How each lead came: by the action it began with, else as the ledger names it.

    Where the start of a session is no moment, a journey begins with an action; the ledger names
    arrivals by the first attribute of the plan.
    """
    actions = [clipped(action.name) for action in log.plan.actions]
    names = log.plan.log.attributes
    codes = cells.columns["a0"] if names else np.zeros(len(cells), dtype=np.int64)
    labels = [f"arrival: {clipped(x)}" for x in log.facts.attributes[names[0]]] if names else []
    return [
        f"began with {actions[(int(mask) & -int(mask)).bit_length() - 1]}"
        if mask
        else labels[code]
        if labels
        else "arrival"
        for mask, code in zip(began, codes, strict=True)
    ]


def notes_of(
    log: EventLog, times: Times, judged: Judgement, ids: str, key: bytes | None
) -> tuple[str, ...]:
    """Say how the scores were judged, and what else a reader has to know."""
    horizon = told(micros(log.plan.horizon))
    day = pd.Timestamp(times.landmarks[0], unit="us", tz="UTC").tz_convert(log.plan.log.timezone)
    notes = [
        f"The later data: {judged.users:,} users open on {day:%Y-%m-%d}, and the {horizon} after. "
        f"A lead with the macro was scored above one without in {judged.auc.value:.0%} of pairs "
        f"({judged.auc.low:.0%} to {judged.auc.high:.0%}); squared error {judged.brier.value:.4f}, "
        f"{judged.base_brier:.4f} with one chance for all.",
        MEANING,
    ]
    slope = judged.slope
    if judged.ranks and (slope.low > 1 or slope.high < 1):
        timid = "timid: high ones should be higher, low ones lower"
        bold = "bold: high ones should be lower, low ones higher"
        notes.append(
            f"On later data the scores were too {timid if slope.low > 1 else bold}. Their order "
            "still holds; low and high say what came."
        )
    if abs(judged.surprise) > SURPRISE:
        more = "more" if judged.surprise > 0 else "fewer"
        notes.append(
            f"On later data {more} macros came than the scores expected ({judged.macros:,} against "
            f"{judged.expected:,.0f}), by more than chance: the log has changed with time, and the "
            "chances of now may be as far off."
        )
    if judged.macros < FEW_JUDGED:
        notes.append(
            f"Only {judged.macros:,} macros came in the later data: the calibration is known no "
            "better than its interval says."
        )
    if ids == PLAIN:
        notes.append("Leads are named by their plain ids: treat the file as personal data.")
    elif key is None:
        notes.append(REVERSIBLE)
    return tuple(notes)
