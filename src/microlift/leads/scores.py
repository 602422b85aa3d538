"""Lead scores: for every open user the chance of the macro from now on, its value, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from tqdm.auto import tqdm

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.identities import ids_of
from microlift.journeys.result import Result
from microlift.journeys.waiting import macro_name, told
from microlift.leads.chances import chances
from microlift.leads.judging import Judgement, judge
from microlift.leads.landmarks import (
    Cells,
    Times,
    count_cells,
    landmarks_of,
    list_open,
    quiet_limit,
)
from microlift.leads.naming import HASHED, PLAIN, REVERSIBLE, check_naming, names_of
from microlift.leads.reasons import Steps, steps_of
from microlift.models import LiftModel
from microlift.models.table import to_csv
from microlift.plan import Clock, format_duration, micros
from microlift.plan.quoting import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

LEARNED = 200_000  # users that are learned from, and judged on: of larger logs a sample
JUDGED = 400_000
LEAST_MACROS, LEAST_JUDGED = 50, 10
FEW_JUDGED = 50
REASONS = 3
LEAST_POINTS = 0.005  # of a reason, in percentage points: less would be printed as 0.00
COLUMNS = (
    "lead", "chance", "low", "high", "expected_value", "currency", "last_seen",
    "reason_1", "reason_2", "reason_3",
)  # fmt: skip
MEANING = (
    "A reason is a step of the user's own ledger: by how many percentage points the chance changed "
    "where it was done, summed over the user's journey. It says what goes with a warm lead, and "
    "not what an action causes; that is the lift."
)


@dataclass(frozen=True, eq=False, repr=False)
class LeadScores(Result):
    """The open users, the warmest first.

    Attributes
    ----------
    frame
        One row a lead: lead (digest of the id, or the id where that was asked for), chance (of the
        macro within the horizon from the end of the data on), low, high (95 % interval of the share
        that converted of users scored like this on later data), expected_value (chance times the
        mean value of a macro), currency, last_seen (date, in the plan's time zone), reason_1..
        (the strongest first).
    finding
        What they say, in a sentence or two.
    judgement
        How scores made in the same way did on later data: calibration, ranking, gains by decile.
    steps
        The ledger of each lead, in the order of `frame`: one column an entry, in chances. They
        add up to the chance, less that of an average arrival (`base`).
    base
        The chance at an average arrival.
    ids
        How leads are named: "hashed" or "plain".
    notes
        How they were made, and what to know.
    """

    judgement: Judgement
    steps: pd.DataFrame
    base: float
    ids: str
    notes: tuple[str, ...]

    def to_csv(self) -> str:
        """Text of scores.csv; a text that a spreadsheet would run as a formula is quoted."""
        rounded = self.frame.round({"chance": 6, "low": 6, "high": 6, "expected_value": 4})
        return to_csv(rounded)

    def gains(self) -> pd.DataFrame:
        """Users of the later data by decile of their score, the highest first."""
        return self.judgement.gains.copy()

    def plot(self) -> "Axes":
        """Draw what each tenth of the scores held on later data, against what was predicted."""
        from microlift.reporting.leads import gain_chart

        return gain_chart(self.judgement.gains)

    def _table(self) -> str:
        from microlift.reporting.leads import leads_tables

        return leads_tables(self)

    def __repr__(self) -> str:
        from microlift.reporting.leads import leads_text

        return "\n\n".join([self.finding, leads_text(self), *self.notes])


def score_leads(
    log: EventLog,
    *,
    ids: str = HASHED,
    salt: str | bytes | None = None,
    model: LiftModel | None = None,
    quiet: bool = True,
) -> LeadScores:
    r"""Score every open user: the chance of the macro within the horizon from now, and why.

    Now is the end of the data. A user is open who has no macro yet and was seen within the horizon
    before now (with a clock: within its ``quiet``). The chance is P(macro in (now, now + horizon] |
    what is known now); the journey value V at the last moment would be too high, since time has
    passed in which nothing happened. So it is learned at landmarks, times in the past at which
    every user who was open is looked at as the leads are now, and followed for the horizon. It is
    cross-fitted by user, and judged out of time: scores for the last landmark, by models that saw
    only outcomes known before it, against what happened after it.

    Parameters
    ----------
    log
        The event log.
    ids
        "hashed": leads are named by a digest of their id. "plain": by the id itself.
    salt
        At least 16 bytes that only you know; the digest is then HMAC-SHA-256 of the id with this
        key, which your own systems can make too and others cannot undo. Without it the digest is
        SHA-256 of the id's text, which whoever has a list of ids can look up.
    model
        A model fitted on the moments of this log, whose journey value the reasons are told by.
        None fits the journey value here.
    quiet
        Whether to show no progress.

    Returns
    -------
    LeadScores
        Believe it where what comes goes on as what was seen; the judgement says whether it did.

    Raises
    ------
    InputError
        If the log is shorter than three horizons, has too few macros to learn from or to judge by,
        or nobody is open.

    References
    ----------
    van Houwelingen (2007), doi:10.1111/j.1467-9469.2006.00529.x (landmarking).

    Examples
    --------
    Every day twenty users come; half of them see a demo, and of these half buy four days later:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy", "value": 50, "currency": "USD"},
    ...                        "horizon": "5d", "actions": [{"name": "demo", "event": "demo"}]})
    >>> day = pd.Timedelta("1d")
    >>> rows = []
    >>> for i in range(600):
    ...     come = pd.Timestamp("2026-01-01", tz="UTC") + i // 20 * day
    ...     rows += [(f"u{i}", come, "page")]
    ...     rows += [(f"u{i}", come, "demo")] * (i % 2)
    ...     rows += [(f"u{i}", come + 4 * day, "buy")] * (i % 4 == 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.parquet"
    ...     frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    ...     frame[frame["timestamp"] < "2026-01-31"].to_parquet(path)
    ...     with read_events(path, plan) as log:
    ...         found = score_leads(log, salt="sixteen bytes or more")
    >>> row = found.to_frame().iloc[0]
    >>> len(row["lead"]), bool(0.3 < row["chance"] < 0.7), row["reason_1"].split(" ")[0]
    (64, True, 'demo')
    """
    key = check_naming(ids, salt)
    times = landmarks_of(log)
    bar = tqdm(total=5, desc="score leads", unit="step", disable=quiet, leave=False)
    with bar:
        past, later = (count_cells(log, at, most) for at, most in _looks(times))
        _refuse_few(log, past, later)
        bar.update()
        judgement = judge(chances(past, later), later.n.astype(float), later.y.astype(float))
        bar.update()
        cells, leads = list_open(log, times.now)
        if not len(cells):
            raise _nobody(log)
        chance = chances(count_cells(log, times.all, LEARNED), cells)
        bar.update()
        steps = steps_of(log, leads, model)
        bar.update()
        named = ids_of(log, _wanted(leads, cells))
        bar.update()
    names = names_of(named["user_id"].to_pylist(), ids, key)
    came = _arrivals(log, cells)
    scored = _Scored(log, judgement, chance, steps, leads["last_t"].to_numpy(), came)
    return scored.result(names, ids, _notes(log, times, judgement, ids, key))


def _looks(times: Times) -> tuple[tuple[Sequence[int], int], tuple[Sequence[int], int]]:
    return (times.past, LEARNED), ((times.judged,), JUDGED)


def _wanted(leads: pa.Table, cells: Cells) -> pa.Table:
    return pa.table({"user": leads["user"], "bucket": cells.bucket})


def _refuse_few(log: EventLog, past: Cells, later: Cells) -> None:
    learned, judged = int(past.y.sum()), int(later.y.sum())
    if learned >= LEAST_MACROS and judged >= LEAST_JUDGED:
        return
    msg = (
        f"score_leads() has {learned:,} macros to learn from and {judged:,} to judge the scores "
        f"by, of {log.facts.macros:,} in the log: only those count that came within the horizon "
        "after a time at which the user was open. Below "
        f"{LEAST_MACROS:,} and {LEAST_JUDGED:,} a score would be chance, and nobody could tell "
        "whether it is right. Widen the log, or name an earlier goal as macro in the plan."
    )
    raise InputError(msg)


def _nobody(log: EventLog) -> InputError:
    return InputError(
        f"score_leads() has nobody to score: of {log.facts.users:,} users 0 are without a macro "
        f"and were seen within {told(quiet_limit(log))} before the end of the log. There is no "
        "lead to rank. Give a log that reaches up to now."
    )


@dataclass(frozen=True, eq=False)
class _Scored:
    """Leads with their chances and steps, before they are put into words."""

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
        return LeadScores(
            frame, found, self.judgement, entries, self.steps.base, ids, notes
        )

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
        points = 100 * entries.to_numpy()
        order = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :REASONS]
        quiet_for = self.log.facts.last_us - self.last_t
        actions = [_short(action.name) for action in self.log.plan.actions]
        again = "quiet time" if isinstance(self.log.plan.moments, Clock) else "coming back"
        texts: list[list[str]] = []
        for place in range(REASONS):
            column = []
            for lead in range(len(points)):
                entry = int(order[lead, place]) if place < order.shape[1] else 0
                size = points[lead, entry]
                if place >= order.shape[1] or abs(size) < LEAST_POINTS:
                    column.append("")
                    continue
                if entry == 0:
                    what = self.came[lead]
                elif entry <= len(actions):
                    what = actions[entry - 1]
                else:
                    what = again if size > 0 else f"quiet for {told(float(quiet_for[lead]))}"
                column.append(f"{what} {size:+.2f} points")
            texts.append(column)
        return texts

    def _finding(self, frame: pd.DataFrame) -> str:
        log, judged = self.log, self.judgement
        worth = ""
        if log.facts.currency:
            worth = f", worth {frame['expected_value'].sum():,.0f} {log.facts.currency}"
        horizon = format_duration(log.plan.horizon)
        top = judged.gains.iloc[0]
        slope = judged.slope
        return (
            f"{len(frame):,} users are open leads, and {frame['chance'].sum():,.0f} of them are "
            f"expected to reach {macro_name(log)} within {horizon}{worth}. On later data, "
            f"scores made in the same way expected {judged.expected:,.0f} and {judged.macros:,} "
            f"came (calibration slope {slope.value:.2f}, 95 % interval {slope.low:.2f} to "
            f"{slope.high:.2f}); the top tenth held {top['share_of_macros']:.0%} of them."
        )


def _arrivals(log: EventLog, cells: Cells) -> list[str]:
    """How each lead came, as the ledger names it: by the first attribute of the plan."""
    names = log.plan.log.attributes
    if not names:
        return ["arrival"] * len(cells)
    labels = [f"arrival: {_short(label)}" for label in log.facts.attributes[names[0]]]
    return [labels[code] for code in cells.columns["a0"]]


def _short(name: str) -> str:
    clean = printable(name)
    return clean if len(clean) <= 60 else clean[:59] + "…"


def _notes(
    log: EventLog, times: Times, judged: Judgement, ids: str, key: bytes | None
) -> tuple[str, ...]:
    horizon = format_duration(log.plan.horizon)
    day = pd.Timestamp(times.judged, unit="us", tz="UTC").tz_convert(log.plan.log.timezone)
    notes = [
        f"The later data: {judged.users:,} users open on {day:%Y-%m-%d}, and the {horizon} after. "
        f"A lead with the macro was scored above one without in {judged.auc.value:.0%} of pairs "
        f"({judged.auc.low:.0%} to {judged.auc.high:.0%}); squared error {judged.brier.value:.4f}, "
        f"{judged.base_brier:.4f} with one chance for all.",
        MEANING,
    ]
    slope = judged.slope
    if slope.low > 1 or slope.high < 1:
        far = "timid: high ones should be higher, low ones lower" if slope.low > 1 else (
            "bold: high ones should be lower, low ones higher"
        )
        notes.append(
            f"On later data the scores were too {far}. Their order still holds; low and high say "
            "what came."
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
