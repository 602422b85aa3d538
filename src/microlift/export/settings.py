"""What a target has to be told beside the weights: accounts, names, versions."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from microlift.errors import InputError, nearest
from microlift.plan.quoting import short


class Settings(BaseModel):
    """Settings of a target: fields with type, default and description; a target adds its own.

    Examples
    --------
    >>> Settings.read({"customer": 1}, "google-ads")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.InputError: Setting 'customer' of target google-ads is not known...
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        """A command line has only text: what is no text is written there as JSON."""
        if not isinstance(given, Mapping):
            return given
        read = dict(given)
        for name, value in given.items():
            field = cls.model_fields.get(name)
            structured = field is not None and field.annotation is not str
            if structured and isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
                with suppress(ValueError, RecursionError):
                    read[name] = json.loads(value)
        return read

    @classmethod
    def read(cls, given: Mapping[str, Any], target: str) -> Self:
        """Build settings from what a plan or a command line gives.

        Raises
        ------
        InputError
            Naming the setting, what it got, and what to write.
        """
        known = list(cls.model_fields)
        for key in given:
            if key not in known:
                near = f" (nearest: {nearest(key, known)})" if known else ": it has none"
                raise InputError(
                    f"Setting {short(key)} of target {target} is not known{near}; what it should "
                    "change would stay as it is. Mend its name, or leave it out."
                )
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            field = cls.model_fields[str(first["loc"][0])] if first["loc"] else None
            meaning = f" It is {field.description}." if field and field.description else ""
            got = "nothing" if first["type"] == "missing" else short(first["input"])
            raise InputError(
                f"Setting {short(key)} of target {target}: got {got} ({first['msg']}).{meaning} "
                f"Write it in the plan under 'export: {{{target}: {{...}}}}', or as -s NAME=VALUE."
            ) from None
