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
from microlift.weights.reading import parse_weights, read_weights
from microlift.weights.weights import MOST_ERRORS, Weights, inflation

__all__ = [
    "MOST_ERRORS",
    "ActionWeight",
    "Guard",
    "MacroRecord",
    "Weights",
    "WeightsFile",
    "Window",
    "checksum",
    "inflation",
    "parse_weights",
    "read_weights",
    "schema",
]
