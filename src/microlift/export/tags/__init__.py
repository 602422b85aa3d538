"""Values where tags are kept: key events of GA4, a lookup table of Google Tag Manager."""

from microlift.export.tags.ga4 import GA4, STANDARD_CHECK
from microlift.export.tags.gtm import GTM

TARGETS = (GA4, GTM)
VALIDATORS = (STANDARD_CHECK,)

__all__ = ["TARGETS", "VALIDATORS"]
