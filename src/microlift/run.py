"""The main job: from an event log to lift.csv, ledger.csv and weights.json."""

from dataclasses import dataclass, replace
from pathlib import Path

from microlift.asked import as_asked
from microlift.bidding import readiness, settled_mode
from microlift.events import EventLog, read_events
from microlift.events.engine import memory_of_python
from microlift.evidence import Evidence, run_checks
from microlift.history import held, last_published, write
from microlift.ledger import Ledger
from microlift.models import LiftModel, LiftTable
from microlift.moments import Moments, moments
from microlift.plan import Plan
from microlift.plan.weights import AUTO
from microlift.quality import Quality, check_log
from microlift.weights import Seen, Weights, WeightsFile
from microlift.weights.pace import conversion_cycle

FILES = ("lift.csv", "ledger.csv", "weights.json")


@dataclass(frozen=True, eq=False)
class RunResult:
    """Everything that a run has made.

    Attributes
    ----------
    plan, log, moments, model, lift, ledger, weights
        The steps of the pipeline, in their order.
    evidence, quality
        What the checks of the lift and of the data found, where they were asked for.
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

    def __repr__(self) -> str:
        return f"{self.log!r}\n\n{self.lift!r}\n\n{self.weights!r}"

    def _repr_html_(self) -> str:
        return self.lift._repr_html_() + self.weights._repr_html_()


def estimate(
    plan: str | Path | Plan,
    events: str | Path,
    *,
    checks: bool = False,
    previous: WeightsFile | None = None,
    unread: str = "",
    quiet: bool = True,
) -> "RunResult":
    """Read events, estimate lift, book the ledger and make weights; write nothing.

    `previous` are the weights published last, against which guards hold the new ones; `unread` says
    what is wrong with them.
    """
    measured = Plan.of(plan)
    with memory_of_python():
        log = read_events(events, measured, quiet=quiet)
        found = moments(log)
    model = LiftModel(quiet=quiet).fit(found)
    evidence = quality = None
    if checks:
        quality = check_log(log)
        evidence = run_checks(model, quiet=quiet)
        model.lift_ = evidence.revised  # ledger and weights go by the verdicts that stand
    ledger = Ledger.from_model(model)
    weights = _weights(ledger, measured, Seen(previous, unread=unread), quality)
    return RunResult(measured, log, found, model, model.lift_, ledger, weights, evidence, quality)


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
    if previous is not None:
        seen = replace(seen, cycle=conversion_cycle(ledger.model.moments_.log))
    if quality is not None:
        refused = tuple(f.name for f in quality.findings if f.verdict == "refuse")
        seen = replace(seen, bad_data=refused)
    return made.guarded(plan, seen)


@as_asked
def run(
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    checks: bool = False,
    quiet: bool = True,
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
        Run the checks of `run_checks` too: an action that fails one is ``not identified``, and is
        not made primary. It takes about as long again.
    quiet
        No progress bars.

    Raises
    ------
    InputError
        Where the plan, the input or the folder is wrong; nothing is written then.
    BusyError
        Where another run holds the folder.
    """
    if out is None:
        return estimate(plan, events, checks=checks, quiet=quiet)
    with held(Path(out), FILES):
        before, unread = last_published(out)
        result = estimate(plan, events, checks=checks, previous=before, unread=unread, quiet=quiet)
        write(result.files(), Path(out))
    return result
