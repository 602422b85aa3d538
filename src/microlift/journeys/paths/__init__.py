"""The ways to the macro and away from it: assists, paths, transitions, and the flow of visitors."""

from microlift.journeys.paths.assists import Assists, assists
from microlift.journeys.paths.flow import Flow, flow
from microlift.journeys.paths.paths import Paths, paths
from microlift.journeys.paths.transitions import Transitions, transitions

__all__ = [
    "Assists",
    "Flow",
    "Paths",
    "Transitions",
    "assists",
    "flow",
    "paths",
    "transitions",
]
