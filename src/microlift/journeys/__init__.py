"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.funnel import Funnel, funnel
from microlift.journeys.hazards import Hazards, hazards
from microlift.journeys.lags import Lags, lags
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
    "Rates",
    "Result",
    "TimeToMacro",
    "Trend",
    "audience",
    "before_after",
    "funnel",
    "hazards",
    "lags",
    "rates",
    "time_to_macro",
    "trend",
]
