"""The ways to the macro and away from it: assists, paths, transitions, and the flow of visitors."""

from microlift.journeys.ways.assists import Assists, assists
from microlift.journeys.ways.flow import Flow, flow
from microlift.journeys.ways.paths import Paths, paths
from microlift.journeys.ways.transitions import Transitions, transitions

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
