"""What people use instead: the common methods on the same log, behind one interface."""

from microlift.models.baselines.baseline import Baseline
from microlift.models.baselines.methods import NAMES, baselines

__all__ = ["NAMES", "Baseline", "baselines"]
