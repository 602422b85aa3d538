"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.funnel import Funnel, funnel
from microlift.journeys.hazards import Hazards, hazards
from microlift.journeys.lags import Lags, lags
from microlift.journeys.rates import Rates, rates
from microlift.journeys.result import Result
from microlift.journeys.times import TimeToMacro, time_to_macro
from microlift.journeys.ways import (
    Assists,
    Flow,
    Paths,
    Transitions,
    assists,
    flow,
    paths,
    transitions,
)

__all__ = [
    "Assists",
    "Audience",
    "Flow",
    "Funnel",
    "Hazards",
    "Lags",
    "Paths",
    "Rates",
    "Result",
    "TimeToMacro",
    "Transitions",
    "assists",
    "audience",
    "flow",
    "funnel",
    "hazards",
    "lags",
    "paths",
    "rates",
    "time_to_macro",
    "transitions",
]
