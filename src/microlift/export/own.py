"""The targets and validators that microlift brings along, in the order in which they are listed."""

from microlift.export import plain
from microlift.export.faults import Validator
from microlift.export.targets import Target

TARGETS: tuple[Target, ...] = (*plain.TARGETS,)
VALIDATORS: tuple[Validator, ...] = (*plain.VALIDATORS,)
