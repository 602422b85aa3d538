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
]
