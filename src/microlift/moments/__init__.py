"""Moments of decision and their compression into cells."""

from microlift.moments.cells import Moments, moments
from microlift.moments.counting import Totals

__all__ = ["Moments", "Totals", "moments"]
