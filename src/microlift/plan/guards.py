"""Guards: the rules that a weight has to pass before an ad platform is told."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo

from microlift.plan.durations import Duration, format_duration, read_duration
from microlift.plan.fields import Number
from microlift.plan.spec import Spec

Zero = Literal["zero", "accept"]
Withhold = Literal["withhold", "accept"]


def _read_hold(value: object, info: ValidationInfo) -> object:
    # YAML reads the word off as false.
    if value in ("auto", "off") or value is False:
        return value or "off"
    try:
        return read_duration(value, info)
    except ValueError as error:
        raise ValueError(f"{error} Or write auto, or off.") from None


Hold = Annotated[
    Literal["auto", "off"] | timedelta,
    BeforeValidator(_read_hold),
    PlainSerializer(
        lambda value: value if isinstance(value, str) else format_duration(value), return_type=str
    ),
]


class Guards(Spec):
    """The rules that weights have to pass, each with its threshold.

    About one action: `least_occurrences` it must have; `widest_interval` half the width of its
    95 % interval may be, relative to its weight, and `when_wide` what is published then, the
    ``low`` end or ``zero``; `unproven` actions (named in the plan, without the verdict ``raises``)
    get ``zero``; `largest_share` of all booked value; `most_per_macro` occurrences for each macro.
    Where these leave more than `largest_gap` of the revenue unbooked, all weights are withheld.

    About all of them, against the last published version: weights are withheld where the data are
    older than `freshest`, end before those of that version (`older_data`), span less than
    `shortest_window` of its window, come from another plan (`plan_changed`) or are in another
    currency (`currency_changed`), make a macro worth more than `largest_value_change` times what
    it was or less than its part, are refused by the check of data quality (`bad_data`), or `hold`
    is not over: the longer of 50 conversions and 3 conversion cycles after a change (``auto``), a
    duration of one's own, or ``off``. The step limit is ``max_step`` under ``weights``.

    Examples
    --------
    >>> Guards(freshest="3d").least_occurrences
    100
    """

    place = "guards"

    least_occurrences: int = Field(default=100, strict=True, ge=0)
    widest_interval: Number = Field(default=1.0, gt=0)
    when_wide: Literal["low", "zero"] = "low"
    unproven: Zero = "zero"
    largest_share: Number = Field(default=0.9, gt=0, le=1)
    most_per_macro: Number = Field(default=100.0, gt=0)
    largest_gap: Number = Field(default=0.5, gt=0, le=1)
    freshest: Duration | None = None
    older_data: Withhold = "withhold"
    shortest_window: Number = Field(default=0.5, ge=0, le=1)
    largest_value_change: Number = Field(default=2.0, ge=1)
    plan_changed: Withhold = "accept"
    currency_changed: Withhold = "withhold"
    bad_data: Withhold = "withhold"
    hold: Hold = "auto"
