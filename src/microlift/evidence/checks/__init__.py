"""Checks of the lift: one small file each."""

from microlift.evidence.checks.balance import Balance, balance
from microlift.evidence.checks.calibration import Calibration, calibration
from microlift.evidence.checks.confounder import Confounder, confounder, e_value
from microlift.evidence.checks.features import Features, leave_one_out
from microlift.evidence.checks.overlap import Overlap, overlap
from microlift.evidence.checks.placebo import Placebo, placebo_action

__all__ = [
    "Balance",
    "Calibration",
    "Confounder",
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
]
