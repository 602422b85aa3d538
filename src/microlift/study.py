"""The evidence in one go: what checks say, whether weights foretell revenue, what to measure."""

from collections.abc import Callable
from pathlib import Path

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.evidence import (
    Experiment,
    backtest,
    combine,
    pooled,
    read_experiments,
    run_checks,
    settling,
    shortlist,
    unseen_intent,
)
from microlift.looks import Looks, look
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.progress import shows_progress
from microlift.result import Result

LOOKS = ("checks", "intent", "backtest", "shortlist", "settling", "pooled", "experiments")


@as_asked
def study(
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    experiments: str | Path | None = None,
    quiet: bool | None = None,
) -> Looks:
    """Gather the evidence for and against the lifts of a log, a CSV file a look.

    Parameters
    ----------
    plan
        A plan, or the path of a plan.yaml.
    events
        A file, a folder or a glob of Parquet, CSV or JSON lines.
    out
        Folder for checks.csv, intent.csv, backtest.csv, shortlist.csv, settling.csv, pooled.csv
        and, where there are experiments, experiments.csv; none is written where it is None, nor
        one of a look that this log does not allow.
    experiments
        A file of randomised results, as `read_experiments` takes it.
    quiet
        No progress bars; by default there are some where somebody watches.

    Raises
    ------
    InputError
        Where the plan, the input, the experiments or the folder are wrong; nothing is written then.
    BusyError
        Where another run holds the folder.
    """
    measured = Plan.of(plan)
    known = None if experiments is None else read_experiments(experiments, measured)
    return look(
        measured,
        events,
        out,
        names=LOOKS,
        ask=lambda log: _asked(log, known, quiet),
        quiet=quiet,
    )


def _asked(
    log: EventLog, experiments: tuple[Experiment, ...] | None, quiet: bool | None
) -> dict[str, Callable[[], Result]]:
    model = LiftModel(quiet=not shows_progress(quiet)).fit(moments(log))
    asked: dict[str, Callable[[], Result]] = {
        "checks": lambda: run_checks(model, quiet=quiet),
        "intent": lambda: unseen_intent(model),
        "backtest": lambda: backtest(log, quiet=quiet),
        "shortlist": lambda: shortlist(model),
        "settling": lambda: settling(model),
        "pooled": lambda: pooled(model),
    }
    if experiments is not None:
        asked["experiments"] = lambda: combine(model, experiments)
    return asked
