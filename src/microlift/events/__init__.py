"""Events: one reader for every source, and the canonical columns, enforced at the door."""

from microlift.events.facts import LogFacts
from microlift.events.log import EventLog, read_events

__all__ = ["EventLog", "LogFacts", "read_events"]
