"""Single conversions of a log that carries click ids."""

from microlift.export.clicks.rows import conversions

__all__ = ["conversions"]
