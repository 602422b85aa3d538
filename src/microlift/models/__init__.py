"""Models on cells: association, lift and journey value."""

from microlift.models.journey import JourneyValue
from microlift.models.lift import Contrast
from microlift.models.model import LiftModel
from microlift.models.table import LiftTable

__all__ = ["Contrast", "JourneyValue", "LiftModel", "LiftTable"]
