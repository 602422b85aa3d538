"""Single conversions of a log that carries click ids, and the files platforms take them in."""

from microlift.export.clicks.rows import conversions
from microlift.export.clicks.uploads import UPLOADS, uploads

__all__ = ["UPLOADS", "conversions", "uploads"]
