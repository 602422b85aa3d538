"""The measurement plan: what counts as the macro, which actions lead to it, and how long to wait.

A plan only stores. It is read once, refused at the door if anything in it is unclear, and frozen.
"""

from microlift.plan.actions import AFTER_MACRO, Action, Count
from microlift.plan.durations import format_duration, micros, parse_duration
from microlift.plan.engine import EngineSpec
from microlift.plan.guards import Guards
from microlift.plan.log import Columns, LogSpec
from microlift.plan.macro import Macro
from microlift.plan.moments import Clock
from microlift.plan.plan import Plan
from microlift.plan.sizes import parse_size
from microlift.plan.weights import WeightsSpec

__all__ = [
    "AFTER_MACRO",
    "Action",
    "Clock",
    "Columns",
    "Count",
    "EngineSpec",
    "Guards",
    "LogSpec",
    "Macro",
    "Plan",
    "WeightsSpec",
    "format_duration",
    "micros",
    "parse_duration",
    "parse_size",
]
