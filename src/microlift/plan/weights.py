"""How weights are chosen and bounded."""

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from microlift.plan.actions import MAX_ACTIONS
from microlift.plan.durations import Duration
from microlift.plan.fields import Number, need_one, read_list
from microlift.plan.quoting import short
from microlift.plan.spec import Spec

BOTH: Final = "macro and micro"
ONE_STAGE: Final = "one stage"
MACRO: Final = "macro"
AUTO: Final = "auto"
Mode = Literal["micro", "macro and micro", "one stage", "macro", "auto"]


def _read_primary(value: object) -> object:
    return value if value == "auto" else need_one(read_list(value))


class WeightsSpec(Spec):
    """How weights are chosen and bounded.

    `primary` is ``auto`` or the actions to be booked; `max_primary` how many ``auto`` may take;
    `max_step` the largest relative change against the last published weights;
    `calibration_range` the bounds of the calibration constant outside which weights are withheld;
    `valid_for` how long a weights file may be used after it was made. `mode` is what is primary:
    ``micro`` actions in place of the macro, ``macro and micro``, ``one stage`` (one action),
    ``macro`` alone, or ``auto``, what the account is ready for; without, `keep_macro_primary` says.

    Examples
    --------
    >>> WeightsSpec(primary=["add_to_cart"]).primary
    ('add_to_cart',)
    """

    place = "weights"

    primary: Annotated[Literal["auto"] | tuple[str, ...], BeforeValidator(_read_primary)] = "auto"
    max_primary: int = Field(default=3, strict=True, ge=1, le=MAX_ACTIONS)
    mode: Mode | None = None
    keep_macro_primary: bool = Field(default=False, strict=True)
    max_step: Number = Field(default=0.2, gt=0)
    calibration_range: tuple[Number, Number] = (0.2, 5.0)
    valid_for: Duration = timedelta(days=30)

    @model_validator(mode="after")
    def _modes_agree(self) -> Self:
        if self.keep_macro_primary and self.mode not in (None, BOTH):
            raise ValueError(
                f"Got keep_macro_primary beside mode {short(self.mode)}, which say two things of "
                "the macro. Keep one of them."
            )
        return self

    @model_validator(mode="after")
    def _one_stage_is_one(self) -> Self:
        if self.mode == ONE_STAGE and self.primary != "auto" and len(self.primary) > 1:
            raise ValueError(
                f"Got mode 'one stage' beside {len(self.primary):,} primary actions; one stage is "
                "one action. Name one, or leave primary out."
            )
        return self

    @model_validator(mode="after")
    def _range_in_order(self) -> Self:
        low, high = self.calibration_range
        if not 0 < low < high:
            raise ValueError(
                f"Got calibration_range [{low}, {high}], which nothing lies in. Write two numbers "
                "above 0, the smaller first."
            )
        return self
