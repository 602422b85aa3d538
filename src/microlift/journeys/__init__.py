"""Looking at journeys: who does what, how often, and who they are."""

from microlift.journeys.audience import Audience, audience
from microlift.journeys.rates import Rates, rates
from microlift.journeys.result import Result

__all__ = ["Audience", "Rates", "Result", "audience", "rates"]
