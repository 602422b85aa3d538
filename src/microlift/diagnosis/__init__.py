"""Diagnosis: which step broke, since when, for whom, and what to test first."""

from microlift.diagnosis.backlog import Backlog, backlog
from microlift.diagnosis.diagnosis import Diagnosis, diagnose

__all__ = ["Backlog", "Diagnosis", "backlog", "diagnose"]
