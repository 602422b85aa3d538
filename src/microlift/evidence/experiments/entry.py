"""One randomised result: how many times the macros of those given the action, with its interval."""

import math
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from microlift.errors import InputError, nearest
from microlift.plan.fields import Name
from microlift.plan.quoting import short

HIGHEST_UNSAID = 5.0  # an effect above it is a percentage, unless the file says that it is a ratio
HIGHEST = 100.0
LOWEST_UNSAID = 0.5  # below it, an interval that is even in plain units is one of relative changes
_Z = 1.959963984540054
_MOST = 5  # problems told in one message
_EVEN = 1.25  # how much one side of an interval may be longer and it still counts as even


def _read_ratio(value: object) -> object:
    """Accept a number, also as text; a percentage is told apart from other text."""
    if isinstance(value, bool):
        raise ValueError(f"Got {short(value)}, not a number. Write a ratio such as 1.12.")
    if not isinstance(value, str):
        return value
    text = value.strip()
    if "%" in text:
        raise ValueError(f"Got {short(value)}, a percentage. {_in_percent(text)}")
    try:
        return float(text)
    except ValueError:
        comma = " with a point, not a comma" if "," in text else ""
        raise ValueError(
            f"Got {short(value)}, not a number, so it cannot be weighed against the log. Write a "
            f"ratio such as 1.12{comma}."
        ) from None


def _in_percent(text: str) -> str:
    number = text.replace("%", "").replace("\u2212", "-").strip()
    try:
        change = float(number)
    except ValueError:
        change = math.nan
    if not -100 < change < 10_000:
        return "A ratio is asked: 1.12 for +12 %."
    return f"A ratio is asked: {1 + change / 100:g} for {change:+g} %."


def _read_words(value: object) -> object:
    """Accept what a safe YAML reader makes of a day, and a blank cell of a CSV file."""
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


Ratio = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_read_ratio)]
Words = Annotated[str | None, Field(max_length=500), BeforeValidator(_read_words)]


class Experiment(BaseModel):
    """A randomised result for one action.

    Attributes
    ----------
    action
        Name of an action of the plan.
    effect
        Risk ratio: share of users with the macro within the plan's horizon among those given the
        action, over that of those not given it. 1.12 says 12 % more macros.
    low, high
        Its 95 % interval.
    name
        Tells several experiments on one action apart.
    measure
        Always ``"ratio"``. Written out, it also says that a large number is meant as one.
    users, dates, note
        For the reader; nothing is computed from them.

    Examples
    --------
    >>> chat = Experiment(action="chat", effect=0.9, low=0.81, high=1.0, users=24_000)
    >>> round(chat.log_effect, 3), round(chat.log_error, 3)
    (-0.105, 0.054)
    >>> Experiment(action="chat", effect=12, low=8, high=16)
    Traceback (most recent call last):
    microlift.errors.InputError: Experiment on 'chat': Got effect 12, which would be 12 times...
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Name
    effect: Ratio
    low: Ratio
    high: Ratio
    name: Annotated[str, Field(max_length=100), BeforeValidator(lambda v: v or "")] = ""
    measure: Literal["ratio"] = "ratio"
    users: Annotated[int | None, Field(ge=1), BeforeValidator(_read_words)] = None
    dates: Words = None
    note: Words = None

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise InputError(_told(error, given)) from None

    # As for the parts of the plan: inside a larger model this class is validated as ever.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="after")
    def _is_a_ratio(self) -> Self:
        said = "measure" in self.model_fields_set
        ends = f"{self.low:g} to {self.high:g}"
        if self.low > self.high:
            raise ValueError(
                f"Got the interval {ends}, which is reversed: its lower end lies above its upper "
                "one. Swap low and high."
            )
        if min(self.effect, self.low) <= 0:
            raise ValueError(
                f"Got effect {self.effect:g} ({ends}); a ratio of shares is above 0, so this is a "
                "change. A ratio is asked: 1.12 for +12 %, 0.88 for -12 %."
            )
        if not self.low <= self.effect <= self.high or self.low == self.high:
            raise ValueError(
                f"Got effect {self.effect:g} with the interval {ends}, in which it has to lie, or "
                "its error cannot be told. Write the 95 % interval of this very effect."
            )
        if self.effect > (HIGHEST if said else HIGHEST_UNSAID):
            raise ValueError(
                f"Got effect {self.effect:g}, which would be {self.effect:g} times as many macros; "
                f"it looks like a percentage. {_in_percent(f'{self.effect:g}')} If it is a ratio, "
                "write 'measure: ratio' beside it."
            )
        if not said and self.effect < LOWEST_UNSAID and self._even_in_plain_units():
            raise ValueError(
                f"Got effect {self.effect:g} ({ends}), even to both sides as relative changes are "
                f"and ratios are not. A ratio is asked: {1 + self.effect:g} for "
                f"{100 * self.effect:+g} %. If it is a ratio, write 'measure: ratio' beside it."
            )
        return self

    def _even_in_plain_units(self) -> bool:
        up, down = self.high - self.effect, self.effect - self.low
        above, below = math.log(self.high / self.effect), math.log(self.effect / self.low)
        return max(up, down) < _EVEN * min(up, down) and max(above, below) > _EVEN * min(
            above, below
        )

    @property
    def log_effect(self) -> float:
        """Logarithm of the effect."""
        return math.log(self.effect)

    @property
    def log_error(self) -> float:
        """Standard error of the log effect; where the interval is uneven, from its wider side."""
        wider = max(math.log(self.high / self.effect), math.log(self.effect / self.low))
        return wider / _Z


def _told(error: ValidationError, given: dict[str, Any]) -> str:
    """Say what is wrong with an entry: what, got, why, what to do."""
    action = given.get("action")
    subject = f"Experiment on {short(action)}" if isinstance(action, str) else "Experiment"
    lines = []
    for found in error.errors(include_url=False)[:_MOST]:
        key = str(found["loc"][0]) if found["loc"] else ""
        what = f"{subject}, {short(key)}" if key else subject
        lines.append(f"{what}: {_sentence(found['type'], key, found)}")
    return "\n".join(lines)


def _sentence(kind: str, key: str, found: Any) -> str:
    got = short(found["input"])
    if kind == "value_error":
        return str(found["ctx"]["error"])
    if kind == "extra_forbidden":
        known = nearest(key, Experiment.model_fields)
        return f"It is not known (nearest: {known}), and nothing is ignored. Mend or remove it."
    if kind == "missing":
        why = "without its 95 % interval an effect has no weight" if key in ("low", "high") else ""
        return f"It is missing{': ' * bool(why)}{why}. Write it, as in 'low: 1.02, high: 1.24'."
    if key == "measure":
        return f"Got {got}; the measure has to be 'ratio', which compares with lift. Convert it."
    if found["input"] is None:
        return "It is empty. Write a number; an effect counts only with its 95 % interval."
    return f"Got {got}, which cannot be used. {found['msg']}."
