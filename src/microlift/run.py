"""The main job: from an event log to lift.csv, ledger.csv and weights.json."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from microlift.asked import as_asked
from microlift.errors import WeightsError
from microlift.events import EventLog, read_events
from microlift.events.engine import memory_of_python
from microlift.evidence import Evidence, run_checks
from microlift.folder import destination
from microlift.history import held, write
from microlift.ledger import Ledger
from microlift.models import LiftModel, LiftTable
from microlift.moments import Moments, moments
from microlift.plan import Plan
from microlift.quality import Quality, check_log
from microlift.weights import Seen, Weights, WeightsFile, read_weights
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
    quiet: bool = True,
) -> "RunResult":
    """Read events, estimate lift, book the ledger and make weights; write nothing.

    `previous` are the weights published last, against which guards hold the new ones.
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
    weights = _weights(ledger, measured, previous, quality)
    return RunResult(measured, log, found, model, model.lift_, ledger, weights, evidence, quality)


def _weights(
    ledger: Ledger, plan: Plan, previous: WeightsFile | None, quality: Quality | None
) -> Weights:
    """Weights that have passed the guards of the plan."""
    published = [action.name for action in previous.primary] if previous else []
    made = Weights.from_ledger(ledger, plan, published)
    refused = [f.name for f in quality.findings if f.verdict == "refuse"] if quality else []
    cycle = conversion_cycle(ledger.model.moments_.log) if previous else timedelta(0)
    return made.guarded(plan, Seen(previous, cycle, tuple(refused)))


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
        result = estimate(plan, events, checks=checks, previous=published(out), quiet=quiet)
        write(result.files(), Path(out))
    return result


def published(out: str | Path) -> WeightsFile | None:
    """Return the weights that lie in a folder; none where there are none that can be read.

    A file that was changed by hand is no measure of a step, and this run is what mends it.
    """
    try:
        return read_weights(destination(Path(out)) / "weights.json")
    except WeightsError:
        return None
