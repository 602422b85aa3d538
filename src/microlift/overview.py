"""The looks of a Monday in one go: who converts, where visitors are lost, what broke."""

from collections.abc import Callable
from pathlib import Path

from duckdb import OutOfMemoryException

from microlift.diagnosis import backlog, diagnose
from microlift.events import EventLog, read_events
from microlift.folder import held, write
from microlift.journeys import assists, funnel, lags, rates, transitions, trend
from microlift.ledger import Ledger
from microlift.looks import Looks, gather
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.result import Result

LOOKS = ("rates", "trend", "funnel", "findings", "backlog", "transitions", "assists", "lags")


def overview(
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    quiet: bool = True,
) -> Looks:
    """Look at a log from all sides, and write a CSV file for each look where `out` says.

    Parameters
    ----------
    plan
        A plan, or the path of a plan.yaml.
    events
        A file, a folder or a glob of Parquet, CSV or JSON lines.
    out
        Folder for rates.csv, trend.csv, funnel.csv, findings.csv, backlog.csv, transitions.csv,
        assists.csv and lags.csv; none is written where it is None, nor one of a look that this
        log does not allow.
    quiet
        No progress bars.

    Raises
    ------
    InputError
        Where the plan, the input or the folder is wrong; nothing is written then.
    BusyError
        Where another run holds the folder.
    """
    measured = plan if isinstance(plan, Plan) else Plan.load(Path(plan))
    if out is None:
        return _look(measured, events, quiet)
    with held(Path(out), [f"{name}.csv" for name in LOOKS]):
        found = _look(measured, events, quiet)
        write(found.files(), Path(out))
    return found


def _look(plan: Plan, events: str | Path, quiet: bool) -> Looks:
    try:
        with read_events(events, plan, quiet=quiet) as log:
            return _all(log, quiet)
    except OutOfMemoryException as error:
        raise MemoryError(str(error)) from error


def _all(log: EventLog, quiet: bool) -> Looks:
    ledger = Ledger.from_model(LiftModel(quiet=quiet).fit(moments(log)))
    found = diagnose(log)
    asked: dict[str, Callable[[], Result]] = {
        "rates": lambda: rates(log),
        "trend": lambda: trend(log),
        "funnel": lambda: funnel(log, ledger=ledger),
        "findings": lambda: found,
        "backlog": lambda: backlog(ledger, found),
        "transitions": lambda: transitions(log),
        "assists": lambda: assists(log),
        "lags": lambda: lags(log),
    }
    return gather(log, asked, quiet=quiet)
