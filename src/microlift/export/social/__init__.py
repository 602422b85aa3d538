"""Social networks: which event to send for which, at which value, and what a request looks like."""

from microlift.export.social.linkedin import LINKEDIN
from microlift.export.social.meta import META
from microlift.export.social.tiktok import TIKTOK

TARGETS = (META, LINKEDIN, TIKTOK)

__all__ = ["TARGETS"]
