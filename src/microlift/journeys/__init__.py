"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.cohorts import Cohorts, cohorts
from microlift.journeys.funnel import Funnel, funnel
from microlift.journeys.hazards import Hazards, hazards
from microlift.journeys.lags import Lags, lags
from microlift.journeys.rates import Rates, rates
from microlift.journeys.result import Result
from microlift.journeys.times import TimeToMacro, time_to_macro

__all__ = [
    "Audience",
    "Cohorts",
    "Funnel",
    "Hazards",
    "Lags",
    "Rates",
    "Result",
    "TimeToMacro",
    "audience",
    "cohorts",
    "funnel",
    "hazards",
    "lags",
    "rates",
    "time_to_macro",
]
