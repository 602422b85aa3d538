"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.cohorts import Cohorts, cohorts
from microlift.journeys.funnel import Funnel, funnel
from microlift.journeys.hazards import Hazards, hazards
from microlift.journeys.lags import Lags, lags
from microlift.journeys.metrics import PrimaryMetric, primary_metric
from microlift.journeys.rates import Rates, rates
from microlift.journeys.times import TimeToMacro, time_to_macro
from microlift.journeys.trends import BeforeAfter, Trend, before_after, trend
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
    "BeforeAfter",
    "Cohorts",
    "Flow",
    "Funnel",
    "Hazards",
    "Lags",
    "Paths",
    "PrimaryMetric",
    "Rates",
    "TimeToMacro",
    "Transitions",
    "Trend",
    "assists",
    "audience",
    "before_after",
    "cohorts",
    "flow",
    "funnel",
    "hazards",
    "lags",
    "paths",
    "primary_metric",
    "rates",
    "time_to_macro",
    "transitions",
    "trend",
]
