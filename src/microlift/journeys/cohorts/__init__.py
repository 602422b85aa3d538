"""Cohorts by sequence: who did what in which order, and how they fare against the rest."""

from microlift.journeys.cohorts.result import Cohorts, cohorts

__all__ = ["Cohorts", "cohorts"]
