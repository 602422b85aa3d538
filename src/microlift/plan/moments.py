"""Which moments are judged: those of visits, or those of the clock."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from microlift.plan.durations import Duration, format_duration
from microlift.plan.quoting import short
from microlift.plan.spec import Spec


class Clock(Spec):
    """Moments by the clock: one every `clock`, while the last event is no more than `quiet` back.

    Examples
    --------
    >>> Clock(clock="1d", quiet="30d").quiet.days
    30
    """

    place = "moments"

    clock: Duration = Field(examples=["1d"])
    quiet: Duration = Field(examples=["30d"])

    @model_validator(mode="after")
    def _tick_within_quiet(self) -> Self:
        if self.clock >= self.quiet:
            clock, quiet = format_duration(self.clock), format_duration(self.quiet)
            raise ValueError(
                f"Got clock {clock} and quiet {quiet}; a user would leave the risk set before the "
                "first tick ends. Write a quiet longer than the clock."
            )
        return self


def _read_moments(value: object) -> object:
    if isinstance(value, Mapping):
        return Clock.model_validate(value)
    if value != "visits" and not isinstance(value, Clock):
        raise ValueError(f"Got {short(value)}. Write visits, or {{clock: 1d, quiet: 30d}}.")
    return value


Moments = Annotated[Literal["visits"] | Clock, BeforeValidator(_read_moments)]
