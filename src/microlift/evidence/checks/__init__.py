"""Checks of the lift: one small file each."""

from microlift.evidence.checks.balance import Balance, balance
from microlift.evidence.checks.overlap import Overlap, overlap
from microlift.evidence.checks.placebo import Placebo, placebo_action

__all__ = [
    "Balance",
    "Overlap",
    "Placebo",
    "balance",
    "overlap",
    "placebo_action",
]
