"""The targets and validators that microlift brings along, in the order in which they are listed."""

from microlift.export import google, microsoft, plain, social, tags
from microlift.export.faults import Validator
from microlift.export.targets import Target

TARGETS: tuple[Target, ...] = (
    *google.TARGETS,
    *tags.TARGETS,
    *microsoft.TARGETS,
    *social.TARGETS,
    *plain.TARGETS,
)
VALIDATORS: tuple[Validator, ...] = (
    *google.VALIDATORS,
    *tags.VALIDATORS,
    *microsoft.VALIDATORS,
    *plain.VALIDATORS,
)
