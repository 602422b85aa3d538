"""Randomised results beside the log's lifts, and both together."""

from microlift.evidence.experiments.combine import Combined, combine
from microlift.evidence.experiments.entry import Experiment
from microlift.evidence.experiments.file import read_experiments
from microlift.evidence.experiments.randomised import Randomised, randomised

__all__ = ["Combined", "Experiment", "Randomised", "combine", "randomised", "read_experiments"]
