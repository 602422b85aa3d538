"""How far the estimates can be trusted, shown on the user's own data."""

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
from microlift.evidence.evidence import Evidence, run_checks

__all__ = [
    "Balance",
    "Calibration",
    "Check",
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
