"""How far the estimates can be trusted, shown on the user's own data."""

from microlift.evidence.backtest import Backtest, backtest
from microlift.evidence.check import Check
from microlift.evidence.checks import (
    Balance,
    Calibration,
    Confounder,
    Features,
    Overlap,
    Placebo,
    balance,
    calibration,
    confounder,
    e_value,
    leave_one_out,
    overlap,
    placebo_action,
)
from microlift.evidence.checks.heavy import heavy_users
from microlift.evidence.checks.outcome import placebo_outcome
from microlift.evidence.checks.stability import stability
from microlift.evidence.evidence import Evidence, run_checks
from microlift.evidence.experiments import (
    Combined,
    Experiment,
    Randomised,
    combine,
    randomised,
    read_experiments,
)
from microlift.evidence.intent import UnseenIntent, unseen_intent
from microlift.evidence.pooling import Pooled, pooled
from microlift.evidence.settling import Settling, settling
from microlift.evidence.shortlist import Shortlist, shortlist

__all__ = [
    "Backtest",
    "Balance",
    "Calibration",
    "Check",
    "Combined",
    "Confounder",
    "Evidence",
    "Experiment",
    "Features",
    "Overlap",
    "Placebo",
    "Pooled",
    "Randomised",
    "Settling",
    "Shortlist",
    "UnseenIntent",
    "backtest",
    "balance",
    "calibration",
    "combine",
    "confounder",
    "e_value",
    "heavy_users",
    "leave_one_out",
    "overlap",
    "placebo_action",
    "placebo_outcome",
    "pooled",
    "randomised",
    "read_experiments",
    "run_checks",
    "settling",
    "shortlist",
    "stability",
    "unseen_intent",
]
