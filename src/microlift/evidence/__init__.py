"""How far the estimates can be trusted, shown on the user's own data."""

from microlift.evidence.backtest import Backtest, backtest
from microlift.evidence.check import Check
from microlift.evidence.shortlist import Shortlist, shortlist

__all__ = [
    "Backtest",
    "Check",
    "Shortlist",
    "backtest",
    "shortlist",
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
from microlift.evidence.evidence import Evidence, run_checks
    "Balance",
    "Calibration",
    "Confounder",
    "Evidence",
    "Features",
    "Overlap",
    "Placebo",
    "balance",
    "calibration",
    "confounder",
    "e_value",
    "leave_one_out",
    "overlap",
    "placebo_action",
    "run_checks",
from microlift.evidence.checks.heavy import heavy_users
from microlift.evidence.checks.outcome import placebo_outcome
from microlift.evidence.checks.stability import stability
from microlift.evidence.pooling import Pooled, pooled
from microlift.evidence.settling import Settling, settling
    "Pooled",
    "Settling",
    "heavy_users",
    "placebo_outcome",
    "pooled",
    "settling",
    "stability",
from microlift.evidence.experiments import (
    Combined,
    Experiment,
    Randomised,
    combine,
    randomised,
    read_experiments,
    "Combined",
    "Experiment",
    "Randomised",
    "combine",
    "randomised",
    "read_experiments",
]
