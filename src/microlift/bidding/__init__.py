"""Bidding: what an account is ready for, what is counted twice, what a client will see."""

from microlift.bidding.readiness import Readiness, readiness
from microlift.bidding.thresholds import Thresholds

__all__ = ["Readiness", "Thresholds", "readiness"]
