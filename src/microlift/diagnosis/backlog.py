"""What to test first: places where money is lost, each with a hypothesis and the test it needs."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.asked import as_asked
from microlift.diagnosis.diagnosis import TROUBLE, Diagnosis, diagnose
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.times import DAY
from microlift.journeys.counting import SESSION, VISITOR, count_doers
from microlift.journeys.metrics.sizes import visitors_for_shares
from microlift.ledger import Ledger
from microlift.models.table import to_csv
from microlift.plan.quoting import printable, short
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTH = 30
A_TENTH = 0.1
POWER, SHARE = 0.8, 0.5
FAULT, LEAK, FRICTION, PROMISING = "fault", "leak", "friction", "promising"
_COLUMNS = (
    "rank", "kind", "step", "segment", "at_stake", "if_moved", "confidence", "expected",
    "currency", "evidence", "hypothesis", "metric", "rate", "sample", "days", "ease",
)  # fmt: skip


@dataclass(frozen=True)
class _Item:
    """A row of the backlog before it is ranked; `moved` is the rate where it is known."""

    kind: str
    step: str
    segment: str
    at_stake: float
    if_moved: float
    confidence: float
    evidence: str
    hypothesis: str
    metric: str
    rate: float
    a_day: float
    moved: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Backlog(Result):
    """What to test first, ranked.

    Attributes
    ----------
    frame
        One row an idea, the best first: rank; kind (fault, leak, friction, promising); step;
        segment; at_stake (money a month that is lost there, or that depends on it); if_moved (of
        that, what mending a fault brings, or moving all else by a tenth); confidence (0 to 1);
        expected (if_moved x confidence, by which rows are ranked); currency; evidence;
        hypothesis; metric with its rate (0 to 1); sample (visits of both arms that a test needs
        for the effect) and days (at the log's own traffic); ease (empty: yours to fill in).
    finding
        What to test first, in one sentence.
    effect
        The relative change of a metric that a test is to tell.
    notes
        How it was made.
    """

    then: ClassVar[str] = ".plot(), ml.primary_metric(log)"

    effect: float
    notes: tuple[str, ...]

    def to_csv(self) -> str:
        """Text of a CSV file; what a spreadsheet would run as a formula is quoted."""
        return to_csv(self.frame)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw what each idea would bring a month, and how much of it is sure."""
        from microlift.reporting.backlog import bars

        with onto(ax):
            return bars(self.frame, narrow)

    def _table(self) -> str:
        from microlift.reporting.backlog import backlog_table

        return backlog_table(self.frame)


@as_asked
def backlog(
    ledger: Ledger, diagnosis: Diagnosis | None = None, *, effect: float = A_TENTH, top: int = 10
) -> Backlog:
    """Rank what to test first: by the money that a change would bring, and how sure that is.

    Four kinds of idea. A *fault* is an ongoing finding of `diagnose`. A *leak* is what the ledger
    books as left after an action. *Friction* is an action of that kind whose lift lowers. A
    *promising* action is one whose lift raises.

    Parameters
    ----------
    ledger
        Its log has to be open still.
    diagnosis
        Of the same log. Default: `diagnose` is run.
    effect
        Relative change of a row's metric that its test is to tell, such as 0.1 for a tenth.
    top
        How many rows.

    Returns
    -------
    Backlog
        A leak of a step that has a fault is left out. `at_stake` a month of 30 days: the money of a
        fault, scaled from its days; what left after an action; first occurrences x incremental
        probability x mean macro value. `if_moved` is all of it for a fault, and a tenth for all
        else: a tenth fewer who leave, or who meet friction, a tenth more who do what raises.
        `confidence` is the end nearer to zero of the 95 % interval, as a part of the estimate: of
        the visits lost to a fault; of the incremental probability of the action, or of that which
        a leak's users did not go on to, 0 where its lift raises nothing. Sample sizes are those of
        two shares with half of the visits in each arm and a power of 80 %; of a fault, for its
        share to return to the usual one.

    Raises
    ------
    InputError
        If the effect lies outside of 0 to 1, or the diagnosis is none of this log.

    Notes
    -----
    A leak's money is the journey value of those who leave; how much of it a change can keep, only a
    test tells. The ease of each is not in a log: fill it in, and sort again.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from microlift import Ledger, LiftModel, moments, read_events
    >>> from microlift.simulate import plan_for, simulate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.parquet"
    ...     simulate("plain", users=4_000, seed=1).to_parquet(path)
    ...     with read_events(path, plan_for("plain")) as log:
    ...         ideas = backlog(Ledger.from_model(LiftModel().fit(moments(log))), top=3)
    >>> ideas.to_frame()["rank"].tolist()
    [1, 2, 3]
    """
    if not 0 < effect < 1:
        msg = (
            f"effect={short(effect)} is no part of a metric: a test of it would need no sample, or "
            "any. Write a share between 0 and 1, such as 0.1 for a relative change of 10 %."
        )
        raise InputError(msg)
    log = ledger.model.moments_.log
    found = diagnosis if diagnosis is not None else diagnose(log)
    if not isinstance(found, Diagnosis) or found.fingerprint != log.facts.fingerprint:
        what = "of another log" if isinstance(found, Diagnosis) else f"{type(found).__name__}"
        msg = (
            f"diagnosis= is {what}: what broke there is no reason to test anything here. Give what "
            "diagnose(log) says of the log of this ledger, or nothing."
        )
        raise InputError(msg)
    site = _Site(log)
    broken = list(_faults(found))
    ideas = [*broken, *_leaks(ledger, site), *_actions(ledger, site)]
    # What leaves at a broken step leaves because of the fault, as far as anybody can tell.
    steps = {idea.step for idea in broken}
    ideas = [idea for idea in ideas if idea.kind == FAULT or idea.step not in steps]
    ideas = [idea for idea in ideas if idea.if_moved * idea.confidence > 0]
    ideas.sort(key=lambda idea: -idea.if_moved * idea.confidence)
    rows = [_row(idea, rank, log, effect) for rank, idea in enumerate(ideas[:top], 1)]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return Backlog(frame, _finding(frame), effect, _notes(found, effect))


class _Site:
    """Visits and visitors of a log by what they did, and its days."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.days = max(1.0, (log.facts.last_us - log.facts.first_us) / DAY)
        self.names = [action.name for action in log.plan.actions]
        self.counted = {per: count_doers(log, per) for per in (SESSION, VISITOR)}
        self.mean = log.facts.value / 10**log.facts.minor_digits / max(1, log.facts.macros)

    def a_month(self, total: float) -> float:
        return total * MONTH / self.days

    def doing(self, per: str, name: str | None) -> npt.NDArray[np.bool_]:
        """Rows of a count in which an action was done, or the macro; all of them without a name."""
        counted = self.counted[per]
        if name is None:
            return np.ones(len(counted), dtype=bool)
        if name == self.log.plan.macro.name:
            done = counted["macro"].to_numpy()
        else:
            done = counted["did"].to_numpy() >> self.names.index(name)
        return np.asarray(done & 1, dtype=bool)

    def share(self, per: str, first: str | None, then: str) -> tuple[float, float]:
        """Share of visits with the first that have the second too, and visits with it a day."""
        n, opened = self.counted[per]["n"].to_numpy(), self.doing(per, first)
        of = float(n[opened].sum())
        both = float(n[opened & self.doing(per, then)].sum())
        return (both / of if of else math.nan), of / self.days


def _faults(found: Diagnosis) -> Iterator[_Item]:
    for row in found.frame.to_dict("records"):
        if not row["ongoing"] or row["rule"] == TROUBLE or not math.isfinite(row["money"]):
            continue
        lasted = (pd.Timestamp(row["until"]) - pd.Timestamp(row["since"])).days + 1
        money = row["money"] * MONTH / lasted
        where = "" if row["segment"] == "all" else f" ({row['segment']})"
        yield _Item(
            FAULT,
            row["step"],
            row["segment"],
            money,
            money,
            row["lost_low"] / row["lost"] if row["lost"] else 0.0,
            f"since {row['since']}: {row['evidence']}",
            f"What changed at {row['step']}{where} on {row['since']} keeps visits from "
            f"{row['then']}; undone, the share returns to {row['usual']:.1%}. Look at: "
            f"{row['cause']}.",
            f"visits with {row['step']} that go on to {row['then']}{where}",
            row["share"],
            row["visits"] / lasted,
            row["usual"],
        )


def _leaks(ledger: Ledger, site: _Site) -> Iterator[_Item]:
    """What left after each action, and the next step of the funnel in the order of the plan."""
    plan = site.log.plan
    entries = {row["entry"]: row for row in ledger.frame.to_dict("records")}
    order = [action.name for action in plan.actions]
    for number, action in enumerate(plan.actions):
        entry = f"left after {action.name}"
        if entry not in entries:
            continue
        left = entries[entry]
        ahead = (name for name in order[number + 1 :] if name in plan.funnel)
        then = next(ahead, plan.macro.name)
        money = site.a_month(-float(left["value_total"]))
        name, goal = printable(action.name), printable(then)
        sure, lift = _sure(ledger, then)
        rate, a_day = site.share(SESSION, action.name, then)
        yield _Item(
            LEAK,
            name,
            "all",
            money,
            A_TENTH * money,
            sure,
            f"{left['occurrences']:,} users left after {name}, never farther; {lift}",
            f"A clearer way from {name} to {goal} keeps a part of those who leave there.",
            f"visits with {name} that have {goal} too",
            rate,
            a_day,
        )


def _actions(ledger: Ledger, site: _Site) -> Iterator[_Item]:
    for row in ledger.model.lift_.to_frame().to_dict("records"):
        friction = row["kind"] == "friction" and row["verdict"] == "lowers"
        if not friction and (row["verdict"] != "raises" or row["action"] in site.log.plan.funnel):
            continue
        name = printable(row["action"])
        money = abs(row["incremental_probability"]) * row["users"] * site.mean
        sure, lift = _sure(ledger, row["action"])
        rate, a_day = site.share(VISITOR, None, row["action"])
        better = (
            f"Fewer visitors who meet {name} are more who reach the macro."
            if friction
            else f"Bringing more visitors to {name} brings more of them to the macro."
        )
        yield _Item(
            FRICTION if friction else PROMISING,
            name,
            "all",
            site.a_month(money),
            A_TENTH * site.a_month(money),
            sure,
            f"{row['users']:,} users did it; {lift}",
            better,
            f"visitors with {name}, and the macro beside it",
            rate,
            a_day,
        )


def _sure(ledger: Ledger, name: str) -> tuple[float, str]:
    """How sure it is that an action changes the macro, and in words; of the macro it is certain."""
    rows = {row["action"]: row for row in ledger.model.lift_.to_frame().to_dict("records")}
    if name not in rows:
        return 1.0, f"the next step is {printable(name)} itself"
    row = rows[name]
    estimate = float(row["incremental_probability"])
    ends = float(row["incremental_low"]), float(row["incremental_high"])
    near = ends[0] if estimate > 0 else ends[1]
    sure = near / estimate if estimate and row["verdict"] in ("raises", "lowers") else 0.0
    told = (
        f"lift of {printable(name)} {row['lift']:.2f} (95 % interval {row['lift_low']:.2f} to "
        f"{row['lift_high']:.2f}), {row['verdict']}"
    )
    return min(1.0, max(0.0, sure)), told


def _row(idea: _Item, rank: int, log: EventLog, effect: float) -> dict[str, object]:
    moved = idea.rate * (1 - effect if idea.kind == FRICTION else 1 + effect)
    sample = visitors_for_shares(idea.rate, idea.moved or moved, POWER, SHARE)
    known = math.isfinite(sample) and idea.a_day > 0
    told = {key: value for key, value in asdict(idea).items() if key in _COLUMNS}
    return told | {
        "rank": rank,
        "expected": idea.if_moved * idea.confidence,
        "currency": log.facts.currency,
        "sample": float(math.ceil(sample)) if known else math.nan,
        "days": float(math.ceil(sample / idea.a_day)) if known else math.nan,
        "ease": "",
    }


def _finding(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "Nothing to test first: no fault is open, and no action is shown to matter."
    row = frame.iloc[0]
    where = "" if row["segment"] == "all" else f" ({row['segment']})"
    unit = row["currency"] or "macros"
    what = {
        FAULT: f"mend {row['step']}{where}",
        LEAK: f"keep those who leave after {row['step']}",
        FRICTION: f"spare visitors {row['step']}",
        PROMISING: f"bring more visitors to {row['step']}",
    }[row["kind"]]
    days = f", and a test takes {row['days']:,.0f} days" if math.isfinite(row["days"]) else ""
    how = "mending it" if row["kind"] == FAULT else "a tenth of it"
    return (
        f"First {what}: {row['at_stake']:,.0f} {unit} a month are at stake, {how} would bring "
        f"{row['if_moved']:,.0f}{days}."
    )


def _notes(found: Diagnosis, effect: float) -> tuple[str, ...]:
    notes = [
        "Ranked by what a change would bring (all of a fault, a tenth of all else) times how sure "
        f"the evidence is. Tests tell a relative change of {100 * effect:.3g} % with a power of "
        "80 %, at 5 % two-sided, half of the visits in each arm. Ease is yours to judge."
    ]
    over = int((~found.frame["ongoing"].astype(bool)).sum())
    if over:
        notes.append(
            f"{over:,} finding{'s' * (over > 1)} of the diagnosis {'are' if over > 1 else 'is'} "
            "over, and not listed."
        )
    return tuple(notes)
