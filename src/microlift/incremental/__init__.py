"""Runs every day: what was read is kept, so that a run reads new files alone."""

from microlift.incremental.daily import StateTold, read_and_count
from microlift.incremental.forgetting import Forgotten, forget

__all__ = ["Forgotten", "StateTold", "forget", "read_and_count"]
