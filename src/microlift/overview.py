"""The looks of a Monday in one go: who converts, where visitors are lost, what broke."""

from collections.abc import Callable
from pathlib import Path

from microlift.asked import as_asked
from microlift.diagnosis import backlog, diagnose
from microlift.events import EventLog
from microlift.journeys import assists, funnel, lags, rates, transitions, trend
from microlift.ledger import Ledger
from microlift.looks import Looks, look
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.progress import shows_progress
from microlift.result import Result

LOOKS = ("rates", "trend", "funnel", "findings", "backlog", "transitions", "assists", "lags")


@as_asked
def overview(
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    quiet: bool | None = None,
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
        No progress bars; by default there are some where somebody watches.

    Raises
    ------
    InputError
        Where the plan, the input or the folder is wrong; nothing is written then.
    BusyError
        Where another run holds the folder.
    """
    return look(
        Plan.of(plan),
        events,
        out,
        names=LOOKS,
        ask=lambda log: _asked(log, quiet),
        quiet=quiet,
    )


def _asked(log: EventLog, quiet: bool | None) -> dict[str, Callable[[], Result]]:
    ledger = Ledger.from_model(LiftModel(quiet=not shows_progress(quiet)).fit(moments(log)))
    found = diagnose(log)
    return {
        "rates": lambda: rates(log),
        "trend": lambda: trend(log),
        "funnel": lambda: funnel(log, ledger=ledger),
        "findings": lambda: found,
        "backlog": lambda: backlog(ledger, found),
        "transitions": lambda: transitions(log),
        "assists": lambda: assists(log),
        "lags": lambda: lags(log),
    }
