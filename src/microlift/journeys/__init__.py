"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.funnel import Funnel, funnel
from microlift.journeys.hazards import Hazards, hazards
from microlift.journeys.lags import Lags, lags
from microlift.journeys.metrics import PrimaryMetric, primary_metric
from microlift.journeys.rates import Rates, rates
from microlift.journeys.result import Result
from microlift.journeys.times import TimeToMacro, time_to_macro
from microlift.journeys.trends import BeforeAfter, Trend, before_after, trend

__all__ = [
    "Audience",
    "BeforeAfter",
    "Funnel",
    "Hazards",
    "Lags",
    "PrimaryMetric",
    "Rates",
    "Result",
    "TimeToMacro",
    "Trend",
    "audience",
    "before_after",
    "funnel",
    "hazards",
    "lags",
    "primary_metric",
    "rates",
    "time_to_macro",
    "trend",
]
