"""What each small action of a business's visitors is worth.

The pipeline, in order: `Plan` says what is measured, `read_events` reads a log, `check_log` judges
it, `moments` compresses it into cells, `LiftModel` estimates lift and journey value, `Ledger` books
credits that add up to the macros, `Weights` turns them into values to bid on. `run` does all but
the judging.

A name is loaded when it is first asked for: the estimators take seconds to import, and the command
line has to answer `--help` and refuse a mistaken argument before that.
"""

import sys
import warnings
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microlift.diagnosis import Backlog, Diagnosis, backlog, diagnose
    from microlift.errors import InputError, MicroliftError
    from microlift.events import EventLog, read_events
    from microlift.evidence import (
        Combined,
        Experiment,
        Randomised,
        combine,
        randomised,
        read_experiments,
    )
    from microlift.journeys import (
        Assists,
        Audience,
        BeforeAfter,
        Cohorts,
        Flow,
        Funnel,
        Hazards,
        Lags,
        Paths,
        PrimaryMetric,
        Rates,
        TimeToMacro,
        Transitions,
        Trend,
        assists,
        audience,
        before_after,
        cohorts,
        flow,
        funnel,
        hazards,
        lags,
        paths,
        primary_metric,
        rates,
        time_to_macro,
        transitions,
        trend,
    )
    from microlift.leads import LeadScores, score_leads
    from microlift.ledger import Ledger
    from microlift.models import LiftModel, LiftTable
    from microlift.moments import Moments, moments
    from microlift.overview import Overview, overview
    from microlift.plan import Plan
    from microlift.quality import Quality, check_log
    from microlift.run import RunResult, run
    from microlift.weights import Weights

__all__ = [
    "Assists",
    "Audience",
    "Backlog",
    "BeforeAfter",
    "Cohorts",
    "Combined",
    "Diagnosis",
    "EventLog",
    "Experiment",
    "Flow",
    "Funnel",
    "Hazards",
    "InputError",
    "Lags",
    "LeadScores",
    "Ledger",
    "LiftModel",
    "LiftTable",
    "MicroliftError",
    "Moments",
    "Overview",
    "Paths",
    "Plan",
    "PrimaryMetric",
    "Quality",
    "Randomised",
    "Rates",
    "RunResult",
    "TimeToMacro",
    "Transitions",
    "Trend",
    "Weights",
    "assists",
    "audience",
    "backlog",
    "before_after",
    "check_log",
    "cohorts",
    "combine",
    "diagnose",
    "flow",
    "funnel",
    "hazards",
    "lags",
    "moments",
    "overview",
    "paths",
    "primary_metric",
    "randomised",
    "rates",
    "read_events",
    "read_experiments",
    "run",
    "score_leads",
    "time_to_macro",
    "transitions",
    "trend",
]

_HOME = {
    "Assists": "journeys",
    "Audience": "journeys",
    "Backlog": "diagnosis",
    "BeforeAfter": "journeys",
    "Cohorts": "journeys",
    "Combined": "evidence",
    "Diagnosis": "diagnosis",
    "EventLog": "events",
    "Experiment": "evidence",
    "Flow": "journeys",
    "Funnel": "journeys",
    "Hazards": "journeys",
    "InputError": "errors",
    "Lags": "journeys",
    "LeadScores": "leads",
    "Ledger": "ledger",
    "LiftModel": "models",
    "LiftTable": "models",
    "MicroliftError": "errors",
    "Moments": "moments",
    "Overview": "overview",
    "Paths": "journeys",
    "Plan": "plan",
    "PrimaryMetric": "journeys",
    "Quality": "quality",
    "Randomised": "evidence",
    "Rates": "journeys",
    "RunResult": "run",
    "TimeToMacro": "journeys",
    "Transitions": "journeys",
    "Trend": "journeys",
    "Weights": "weights",
    "assists": "journeys",
    "audience": "journeys",
    "backlog": "diagnosis",
    "before_after": "journeys",
    "check_log": "quality",
    "cohorts": "journeys",
    "combine": "evidence",
    "diagnose": "diagnosis",
    "flow": "journeys",
    "funnel": "journeys",
    "hazards": "journeys",
    "lags": "journeys",
    "moments": "moments",
    "overview": "overview",
    "paths": "journeys",
    "primary_metric": "journeys",
    "randomised": "evidence",
    "rates": "journeys",
    "read_events": "events",
    "read_experiments": "evidence",
    "run": "run",
    "score_leads": "leads",
    "time_to_macro": "journeys",
    "transitions": "journeys",
    "trend": "journeys",
}


class _Package(ModuleType):
    """A module that loads its names late.

    `moments` and `run` are functions in modules of the same name. Whoever imports such a module
    makes Python bind the module to that name in this package; here the function is bound, as it
    would be if all names had been loaded at once.
    """

    def __getattr__(self, name: str) -> object:
        if name not in _HOME:
            msg = f"module {self.__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value: object = getattr(import_module(f"{self.__name__}.{_HOME[name]}"), name)
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOME and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


if "ipykernel" in sys.modules:
    # Without ipywidgets tqdm warns where it is imported, and draws its bars as text, which will do.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module("tqdm.auto")

sys.modules[__name__].__class__ = _Package
