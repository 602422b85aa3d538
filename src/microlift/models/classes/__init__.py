"""Classes of users that differ in an intent which the log does not hold."""

from microlift.models.classes.classes import Classes, Told

__all__ = ["Classes", "Told"]
