"""Out of time: weights from an earlier window, judged on who arrives in a later one."""

from microlift.evidence.backtest.backtest import backtest
from microlift.evidence.backtest.result import Backtest

__all__ = ["Backtest", "backtest"]
