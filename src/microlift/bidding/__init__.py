"""Bidding: what an account is ready for, what is counted twice, what a client will see."""

from microlift.bidding.client_note import ClientNote, client_note
from microlift.bidding.double_counting import DoubleCounting, double_counting
from microlift.bidding.readiness import Readiness, readiness
from microlift.bidding.thresholds import Thresholds

__all__ = [
    "ClientNote",
    "DoubleCounting",
    "Readiness",
    "Thresholds",
    "client_note",
    "double_counting",
    "readiness",
]
