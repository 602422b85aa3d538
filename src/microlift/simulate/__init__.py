"""Simulated shops whose truth is known: the logs, the plans that fit them, the true lifts."""

from microlift.simulate.faults import FAULTS, plant
from microlift.simulate.files import write_shop
from microlift.simulate.logs import plan_for, simulate
from microlift.simulate.shops import SHOPS
from microlift.simulate.truth import truth

__all__ = ["FAULTS", "SHOPS", "plan_for", "plant", "simulate", "truth", "write_shop"]
