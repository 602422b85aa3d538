"""How far the estimates can be trusted, shown on the user's own data."""

from microlift.evidence.check import Check
from microlift.evidence.experiments import (
    Combined,
    Experiment,
    Randomised,
    combine,
    randomised,
    read_experiments,
)

__all__ = [
    "Check",
    "Combined",
    "Experiment",
    "Randomised",
    "combine",
    "randomised",
    "read_experiments",
]
