"""The main job: from an event log to lift.csv, ledger.csv and weights.json."""

from dataclasses import dataclass, replace
from pathlib import Path

from tqdm.auto import tqdm

from microlift.asked import as_asked
from microlift.bidding import readiness, settled_mode
from microlift.card import card_html, next_html, next_line
from microlift.events import EventLog, LogFacts, read_events
from microlift.events.aside import room_aside
from microlift.events.engine import memory_of_python
from microlift.events.still import need_still
from microlift.events.watching import watched
from microlift.evidence import Evidence, run_checks
from microlift.history import LastPublished, Published, held, last_published, write
from microlift.incremental import StateTold, read_and_count
from microlift.ledger import Ledger
from microlift.models import LiftModel, LiftTable
from microlift.moments import Moments, moments
from microlift.plan import Plan
from microlift.plan.weights import AUTO
from microlift.progress import shows_progress
from microlift.quality import Quality, check_log
from microlift.quality.money import refused as refused_values
from microlift.warehouse import read_cells
from microlift.weights import Seen, Weights, WeightsFile
from microlift.weights.pace import conversion_cycle

_NEXT = ".ledger.plot(), .weights.plot(), ml.run_checks(result.model)"
FILES = ("lift.csv", "ledger.csv", "weights.json")


@dataclass(frozen=True, eq=False)
class RunResult:
    """Everything that a run has made.

    Attributes
    ----------
    plan, log, moments, model, lift, ledger, weights
        The steps of the pipeline, in their order.
    evidence, quality
        What the checks of the lift and of the data found, unless they were left out.
    published
        Which version the weights became; None where nothing was written or they are withheld.
    previous, unread
        The weights published last into the folder, where there were any; what is wrong where they
        are not those of its weights.json.
    state
        What a kept state saved, or why it did not; None where none was named.
    """

    plan: Plan
    log: EventLog
    moments: Moments
    model: LiftModel
    lift: LiftTable
    ledger: Ledger
    weights: Weights
    evidence: Evidence | None = None
    quality: Quality | None = None
    published: Published | None = None
    previous: WeightsFile | None = None
    unread: str = ""
    state: StateTold | None = None

    @property
    def exit_code(self) -> int:
        """0 done, 3 done but the weights are withheld."""
        return 3 if self.weights.withheld else 0

    def files(self) -> dict[str, str]:
        """Content of the files of a run; without weights.json where the weights are withheld."""
        made = {"lift.csv": self.lift.to_csv(), "ledger.csv": self.ledger.to_csv()}
        if not self.weights.withheld:
            made["weights.json"] = self.weights.to_json()
        return made

    def __str__(self) -> str:
        return f"{self.log}\n\n{self.lift}\n\n{self.weights}"

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(_NEXT)}"

    def _repr_html_(self) -> str:
        said = self.lift.frame["verdict"].value_counts()
        facts = self.log.facts
        rows = [
            ("log", f"{facts.events:,} events of {facts.users:,} users, {facts.macros:,} macros"),
            ("lift", ", ".join(f"{count:,} {verdict}" for verdict, count in said.items())),
            *([("checks", self.evidence.finding)] if self.evidence else []),
            *([("data", self.quality.verdict)] if self.quality else []),
            ("weights", "withheld" if self.weights.withheld else "made"),
        ]
        tables = self.lift._repr_html_() + self.weights._repr_html_()
        return f"{card_html('Run', rows)}{tables}{next_html(_NEXT)}"


def estimate(
    plan: str | Path | Plan,
    events: str | Path,
    *,
    checks: bool = True,
    last: LastPublished | None = None,
    quiet: bool | None = None,
    state: str | Path | None = None,
) -> "RunResult":
    """Read events, estimate lift, book the ledger and make weights; write no result.

    `last` are the weights in force, against which guards hold the new ones. With a `state` what is
    known from earlier runs is not read again.
    """
    quiet = not shows_progress(quiet)
    with memory_of_python():
        return _estimate(Plan.of(plan), events, checks, last or LastPublished(), quiet, state)


def _estimate(
    plan: Plan,
    events: str | Path,
    checks: bool,
    before: LastPublished,
    quiet: bool,
    state: str | Path | None,
) -> RunResult:
    told = None
    if state is None:
        log = read_events(events, plan, quiet=quiet)
        bar = tqdm(total=1, desc="count moments", disable=quiet, leave=False)
        with bar, watched(log.con, bar), room_aside(log.con):
            found = moments(log)
    else:
        log, found, told = read_and_count(events, plan, Path(state), quiet=quiet)
    model = LiftModel(quiet=quiet).fit(found)
    evidence = quality = None
    if checks:
        quality = check_log(log)
        evidence = run_checks(model, quiet=quiet)
        model.lift_ = evidence.revised  # ledger and weights go by the verdicts that stand
    need_still(log.source)  # checks have read it again
    ledger = Ledger.from_model(model)
    seen = Seen(before.content, unread=before.unread, rolled_back=before.rolled_back)
    weights = _weights(ledger, plan, seen, quality)
    return RunResult(
        plan,
        log,
        found,
        model,
        model.lift_,
        ledger,
        weights,
        evidence,
        quality,
        previous=before.content,
        unread=before.unread,
        state=told,
    )


def lift_of_cells(
    plan: str | Path | Plan, cells: str | Path, *, checks: bool = True, quiet: bool | None = None
) -> tuple[LiftTable, LogFacts]:
    """Estimate lift from cells that were counted elsewhere; return it with what the log is.

    Checks that count events again are not judged: the events stayed where they lie.
    """
    quiet = not shows_progress(quiet)
    found = read_cells(cells, Plan.of(plan))
    model = LiftModel(quiet=quiet).fit(found)
    if checks:
        model.lift_ = run_checks(model, quiet=quiet).revised
    return model.lift_, found.log.facts


def _weights(ledger: Ledger, plan: Plan, seen: Seen, quality: Quality | None) -> Weights:
    """Weights that have passed the guards of the plan."""
    previous = seen.previous
    bid_on = [action.name for action in previous.primary] if previous else []
    until = None
    if plan.weights.mode == AUTO:
        ready = readiness(ledger.model)
        mode, stage = settled_mode(ready, previous.mode if previous else None)
        plan, until = plan.in_mode(mode, stage), ready.micro_until
    made = Weights.from_ledger(ledger, plan, bid_on).until(until)
    seen = replace(seen, cycle=conversion_cycle(ledger.model.moments_.log))
    if quality is not None:
        refused = tuple(f.name for f in quality.findings if f.verdict == "refuse")
        seen = replace(seen, bad_data=refused)
    else:  # values go into every weight, so they are looked at all the same
        seen = replace(seen, bad_data=refused_values(ledger.model.moments_.log) or None)
    return made.guarded(plan, seen)


@as_asked
def run(
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    checks: bool = True,
    quiet: bool | None = None,
    state: str | Path | None = None,
) -> RunResult:
    """The main job: estimate everything, and write it where `out` says.

    Parameters
    ----------
    plan
        A plan, or the path of a plan.yaml.
    events
        A file, a folder or a glob of Parquet, CSV or JSON lines.
    out
        Folder for lift.csv, ledger.csv and weights.json; none is written where it is None.
        They are written only once everything is done, and weights are kept as the next version of
        the history beside them. Withheld weights leave weights.json and its history alone.
    checks
        Run the checks of `run_checks` and of the log: an action that fails one is ``not
        identified``, and is not made primary; where the data are refused, so are the weights.
        Without them it takes a third of the time, and nothing has tried to prove the lifts wrong;
        of the data, only the values of macros are looked at.
    quiet
        No progress bars; by default there are some where somebody watches: in a terminal, and in a
        notebook that is open.
    state
        Folder in which a job that runs every day keeps what it has read, so that the next run
        reads new files alone. The results are those of a full run, to the last digit; where the
        state is of no use, everything is read again. Made where it is not there; ids of users are
        kept as salted digests.

    Raises
    ------
    InputError
        Where the plan, the input or the folder is wrong; nothing is written then.
    BusyError
        Where another run holds the folder, or the state.
    """
    if out is None:
        return estimate(plan, events, checks=checks, quiet=quiet, state=state)
    with held(Path(out), FILES):
        last = last_published(out)
        result = estimate(plan, events, checks=checks, last=last, quiet=quiet, state=state)
        published = write(result.files(), Path(out))
    return replace(result, published=published)
