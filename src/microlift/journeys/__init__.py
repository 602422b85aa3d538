"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.funnel import Funnel, funnel
from microlift.journeys.rates import Rates, rates
from microlift.journeys.result import Result

__all__ = ["Audience", "Funnel", "Rates", "Result", "audience", "funnel", "rates"]
