"""The looks of a Monday in one go: who converts, where visitors are lost, what broke."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from duckdb import OutOfMemoryException
from tqdm.auto import tqdm

from microlift.diagnosis import backlog, diagnose
from microlift.errors import InputError
from microlift.events import EventLog, read_events
from microlift.folder import held, write
from microlift.journeys import assists, funnel, lags, rates, transitions, trend
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.models.table import to_csv
from microlift.moments import moments
from microlift.plan import Plan
from microlift.result import Result

LOOKS = ("rates", "trend", "funnel", "findings", "backlog", "transitions", "assists", "lags")


@dataclass(frozen=True, eq=False, repr=False)
class Overview:
    """What several looks at a log say.

    Attributes
    ----------
    log
        What was read.
    looks
        Results by name, in the order of `LOOKS`.
    refused
        Looks that this log or plan does not allow, each with the reason.
    """

    log: EventLog
    looks: dict[str, Result]
    refused: dict[str, str]

    def files(self) -> dict[str, str]:
        """Content of a CSV file for each look; what a spreadsheet would run is quoted."""
        return {f"{name}.csv": to_csv(look.frame) for name, look in self.looks.items()}

    def __repr__(self) -> str:
        told = [f"{name}: {look.finding}" for name, look in self.looks.items()]
        return "\n".join(told + [f"{name}: not told. {why}" for name, why in self.refused.items()])

    def _repr_html_(self) -> str:
        told = [(name, look.finding) for name, look in self.looks.items()]
        told += [(name, f"not told. {why}") for name, why in self.refused.items()]
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)
        return f"<dl>{rows}</dl>"


def overview(
    plan: str | Path | Plan,
    events: str | Path,
    out: str | Path | None = None,
    *,
    quiet: bool = True,
) -> Overview:
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


def _look(plan: Plan, events: str | Path, quiet: bool) -> Overview:
    try:
        with read_events(events, plan, quiet=quiet) as log:
            return _all(log, quiet)
    except OutOfMemoryException as error:
        raise MemoryError(str(error)) from error


def _all(log: EventLog, quiet: bool) -> Overview:
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
    looks: dict[str, Result] = {}
    refused: dict[str, str] = {}
    for name in tqdm(LOOKS, desc="look", unit="look", disable=quiet, leave=False):
        try:
            looks[name] = asked[name]()
        except InputError as error:  # one look that a log is too short for is no reason for none
            refused[name] = str(error)
    return Overview(log, looks, refused)
