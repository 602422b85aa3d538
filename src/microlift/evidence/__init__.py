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
]
