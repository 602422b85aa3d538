"""From weights to ad platforms: targets, each a pure function to files, and their validators."""

from microlift.export.faults import Fault, Validator
from microlift.export.settings import Settings
from microlift.export.targets import Made, Target, export, targets, validate, validators

__all__ = [
    "Fault",
    "Made",
    "Settings",
    "Target",
    "Validator",
    "export",
    "targets",
    "validate",
    "validators",
]
