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
    from microlift.bidding import (
        ClientNote,
        DoubleCounting,
        Readiness,
        Thresholds,
        client_note,
        double_counting,
        readiness,
    )
    from microlift.diagnosis import Backlog, Diagnosis, backlog, diagnose
    from microlift.errors import InputError, MicroliftError
    from microlift.events import EventLog, read_events
    from microlift.evidence import (
        Backtest,
        Balance,
        Calibration,
        Check,
        Combined,
        Confounder,
        Evidence,
        Experiment,
        Features,
        Overlap,
        Placebo,
        Pooled,
        Randomised,
        Settling,
        Shortlist,
        UnseenIntent,
        backtest,
        balance,
        calibration,
        combine,
        confounder,
        e_value,
        heavy_users,
        leave_one_out,
        overlap,
        placebo_action,
        placebo_outcome,
        pooled,
        randomised,
        read_experiments,
        run_checks,
        settling,
        shortlist,
        stability,
        unseen_intent,
    )
    from microlift.example import Example, load_example
    from microlift.export import export, targets, validate
    from microlift.export.clicks import conversions
    from microlift.history import Diff, History, history
    from microlift.incremental import Forgotten, forget
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
    from microlift.looks import Looks
    from microlift.models import LiftModel, LiftTable
    from microlift.models.baselines import Baseline, baselines
    from microlift.moments import Moments, moments
    from microlift.overview import overview
    from microlift.plan import Plan
    from microlift.quality import Quality, check_log
    from microlift.run import RunResult, run
    from microlift.starter import Draft, draft_plan
    from microlift.study import study
    from microlift.weights import Weights, read_weights

__all__ = [
    "Assists",
    "Audience",
    "Backlog",
    "Backtest",
    "Balance",
    "Baseline",
    "BeforeAfter",
    "Calibration",
    "Check",
    "ClientNote",
    "Cohorts",
    "Combined",
    "Confounder",
    "Diagnosis",
    "Diff",
    "DoubleCounting",
    "Draft",
    "EventLog",
    "Evidence",
    "Example",
    "Experiment",
    "Features",
    "Flow",
    "Forgotten",
    "Funnel",
    "Hazards",
    "History",
    "InputError",
    "Lags",
    "LeadScores",
    "Ledger",
    "LiftModel",
    "LiftTable",
    "Looks",
    "MicroliftError",
    "Moments",
    "Overlap",
    "Paths",
    "Placebo",
    "Plan",
    "Pooled",
    "PrimaryMetric",
    "Quality",
    "Randomised",
    "Rates",
    "Readiness",
    "RunResult",
    "Settling",
    "Shortlist",
    "Thresholds",
    "TimeToMacro",
    "Transitions",
    "Trend",
    "UnseenIntent",
    "Weights",
    "assists",
    "audience",
    "backlog",
    "backtest",
    "balance",
    "baselines",
    "before_after",
    "calibration",
    "check_log",
    "client_note",
    "cohorts",
    "combine",
    "confounder",
    "conversions",
    "diagnose",
    "double_counting",
    "draft_plan",
    "e_value",
    "export",
    "flow",
    "forget",
    "funnel",
    "hazards",
    "heavy_users",
    "history",
    "lags",
    "leave_one_out",
    "load_example",
    "moments",
    "overlap",
    "overview",
    "paths",
    "placebo_action",
    "placebo_outcome",
    "pooled",
    "primary_metric",
    "randomised",
    "rates",
    "read_events",
    "read_experiments",
    "read_weights",
    "readiness",
    "run",
    "run_checks",
    "score_leads",
    "settling",
    "shortlist",
    "stability",
    "study",
    "targets",
    "time_to_macro",
    "transitions",
    "trend",
    "unseen_intent",
    "uploads",
    "validate",
]

_HOME = {
    "Assists": "journeys",
    "Audience": "journeys",
    "Backlog": "diagnosis",
    "Backtest": "evidence",
    "Balance": "evidence",
    "Baseline": "models.baselines",
    "BeforeAfter": "journeys",
    "Calibration": "evidence",
    "Check": "evidence",
    "ClientNote": "bidding",
    "Cohorts": "journeys",
    "Combined": "evidence",
    "Confounder": "evidence",
    "Diagnosis": "diagnosis",
    "Diff": "history",
    "DoubleCounting": "bidding",
    "Draft": "starter",
    "EventLog": "events",
    "Evidence": "evidence",
    "Example": "example",
    "Experiment": "evidence",
    "Features": "evidence",
    "Flow": "journeys",
    "Forgotten": "incremental",
    "Funnel": "journeys",
    "Hazards": "journeys",
    "History": "history",
    "InputError": "errors",
    "Lags": "journeys",
    "LeadScores": "leads",
    "Ledger": "ledger",
    "LiftModel": "models",
    "LiftTable": "models",
    "Looks": "looks",
    "MicroliftError": "errors",
    "Moments": "moments",
    "Overlap": "evidence",
    "Paths": "journeys",
    "Placebo": "evidence",
    "Plan": "plan",
    "Pooled": "evidence",
    "PrimaryMetric": "journeys",
    "Quality": "quality",
    "Randomised": "evidence",
    "Rates": "journeys",
    "Readiness": "bidding",
    "RunResult": "run",
    "Settling": "evidence",
    "Shortlist": "evidence",
    "Thresholds": "bidding",
    "TimeToMacro": "journeys",
    "Transitions": "journeys",
    "Trend": "journeys",
    "UnseenIntent": "evidence",
    "Weights": "weights",
    "assists": "journeys",
    "audience": "journeys",
    "backlog": "diagnosis",
    "backtest": "evidence",
    "balance": "evidence",
    "baselines": "models.baselines",
    "before_after": "journeys",
    "calibration": "evidence",
    "check_log": "quality",
    "client_note": "bidding",
    "cohorts": "journeys",
    "combine": "evidence",
    "confounder": "evidence",
    "conversions": "export.clicks",
    "diagnose": "diagnosis",
    "double_counting": "bidding",
    "draft_plan": "starter",
    "e_value": "evidence",
    "export": "export",
    "flow": "journeys",
    "forget": "incremental",
    "funnel": "journeys",
    "hazards": "journeys",
    "heavy_users": "evidence",
    "history": "history",
    "lags": "journeys",
    "leave_one_out": "evidence",
    "load_example": "example",
    "moments": "moments",
    "overlap": "evidence",
    "overview": "overview",
    "paths": "journeys",
    "placebo_action": "evidence",
    "placebo_outcome": "evidence",
    "pooled": "evidence",
    "primary_metric": "journeys",
    "randomised": "evidence",
    "rates": "journeys",
    "read_events": "events",
    "read_experiments": "evidence",
    "read_weights": "weights",
    "readiness": "bidding",
    "run": "run",
    "run_checks": "evidence",
    "score_leads": "leads",
    "settling": "evidence",
    "shortlist": "evidence",
    "stability": "evidence",
    "study": "study",
    "targets": "export",
    "time_to_macro": "journeys",
    "transitions": "journeys",
    "trend": "journeys",
    "unseen_intent": "evidence",
    "uploads": "export.clicks",
    "validate": "export",
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
            raise AttributeError(msg, name=name, obj=self)
        value: object = getattr(import_module(f"{self.__name__}.{_HOME[name]}"), name)
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOME and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [*__all__]


if "ipykernel" in sys.modules:
    # Without ipywidgets tqdm warns where it is imported, and draws its bars as text, which will do.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module("tqdm.auto")

sys.modules[__name__].__class__ = _Package
