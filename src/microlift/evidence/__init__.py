"""How far the estimates can be trusted, shown on the user's own data."""

from microlift.evidence.check import Check
from microlift.evidence.checks import (
    Balance,
    Overlap,
    Placebo,
    balance,
    overlap,
    placebo_action,
)

__all__ = [
    "Balance",
    "Check",
    "Overlap",
    "Placebo",
    "balance",
    "overlap",
    "placebo_action",
]
