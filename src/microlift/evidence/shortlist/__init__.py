"""A shortlist of actions: the few that are worth being made key events."""

from microlift.evidence.shortlist.result import Shortlist
from microlift.evidence.shortlist.shortlist import shortlist

__all__ = ["Shortlist", "shortlist"]
