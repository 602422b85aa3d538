"""Simulated shops whose truth is known: the logs, the plans that fit them, the true lifts."""

from microlift.simulate.files import write_shop
from microlift.simulate.logs import plan_for, simulate
from microlift.simulate.shops import SHOPS
from microlift.simulate.truth import truth

__all__ = ["SHOPS", "plan_for", "simulate", "truth", "write_shop"]
