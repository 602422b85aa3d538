"""Weights: what an ad platform is told to book for each action, and the file that holds them."""

from microlift.weights.content import (
    ActionWeight,
    Guard,
    MacroRecord,
    WeightsFile,
    Window,
    checksum,
    schema,
)
from microlift.weights.guards import guarded
from microlift.weights.reading import parse_weights, read_weights
from microlift.weights.round import Seen
from microlift.weights.weights import MOST_ERRORS, Weights, always, inflation

__all__ = [
    "MOST_ERRORS",
    "ActionWeight",
    "Guard",
    "MacroRecord",
    "Seen",
    "Weights",
    "WeightsFile",
    "Window",
    "always",
    "checksum",
    "guarded",
    "inflation",
    "parse_weights",
    "read_weights",
    "schema",
]
