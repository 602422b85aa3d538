"""Moments of decision and their compression into cells."""

from microlift.moments.cells import Moments, Totals, moments

__all__ = ["Moments", "Totals", "moments"]
