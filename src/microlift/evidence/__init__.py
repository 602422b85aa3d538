"""How far the estimates can be trusted, shown on the user's own data."""

from microlift.evidence.check import Check

__all__ = ["Check"]
