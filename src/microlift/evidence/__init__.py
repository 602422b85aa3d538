"""How far the estimates can be trusted, shown on the user's own data."""

from microlift.evidence.check import Check
from microlift.evidence.checks.heavy import heavy_users
from microlift.evidence.checks.outcome import placebo_outcome
from microlift.evidence.checks.stability import stability
from microlift.evidence.pooling import Pooled, pooled
from microlift.evidence.settling import Settling, settling

__all__ = [
    "Check",
    "Pooled",
    "Settling",
    "heavy_users",
    "placebo_outcome",
    "pooled",
    "settling",
    "stability",
]
