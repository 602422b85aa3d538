"""Rates over time: against their own history, and before against after a change."""

from microlift.journeys.trends.before_after import BeforeAfter, before_after
from microlift.journeys.trends.trend import Trend, trend

__all__ = ["BeforeAfter", "Trend", "before_after", "trend"]
