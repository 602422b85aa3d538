"""The targets and validators that microlift brings along, in the order in which they are listed."""

from microlift.export import plain, tags
from microlift.export.faults import Validator
from microlift.export.targets import Target

TARGETS: tuple[Target, ...] = (
    *tags.TARGETS,
    *plain.TARGETS,
)
VALIDATORS: tuple[Validator, ...] = (
    *tags.VALIDATORS,
    *plain.VALIDATORS,
)
