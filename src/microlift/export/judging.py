"""Judging JSON made anywhere: bytes to data, data to the faults that a platform would find."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from microlift.export.checks.reading import read_text
from microlift.export.faults import Fault
from microlift.plan.quoting import clipped, short

_ELSE = "Write it as the platform's reference says."
_PERSONAL = frozenset({"user", "userIds", "user_data", "event_id", "eventId"})  # never shown
_AGAIN = "Make the file again."


class Shape(BaseModel):
    """The shape of an object: fields by their names on the platform, types as JSON has them."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class OpenShape(Shape):
    """A shape of which only some fields are judged."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


def _code(text: str) -> str:
    if len(text) != 3 or not (text.isascii() and text.isalpha() and text.isupper()):
        raise ValueError("not three capital letters of ISO 4217")
    return text


Currency = Annotated[str, AfterValidator(_code)]
Amount = Annotated[float, Field(ge=0)]
AmountText = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# 2001 to 2286, so that milliseconds and seconds are never taken for each other.
Seconds = Annotated[int, Field(ge=1_000_000_000, le=9_999_999_999)]
Milliseconds = Annotated[int, Field(ge=1_000_000_000_000, le=9_999_999_999_999)]


def read_json(content: bytes) -> tuple[Any, list[Fault]]:
    """Data of a JSON file, or None and the reason."""
    text, faults = read_text(content)
    if text is None:
        return None, faults
    bad: list[Fault] = []

    def refuse(name: str) -> None:
        bad.append(Fault("file", f"Got {name}, which is not JSON.", "Write a number."))

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = sorted({name for name in names if names.count(name) > 1})
            what = f"Got the key {short(twice[0])} twice in one object; only one of them counts."
            bad.append(Fault("file", what, "Give each key once."))
        return found

    try:
        data = json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        return None, [*faults, Fault(where, f"It is not JSON: {error.msg}.", _AGAIN)]
    except (ValueError, RecursionError):
        return None, [*faults, Fault("file", "It is nested too deep, or has a number of "
                                     "thousands of digits.", _AGAIN)]  # fmt: skip
    if data is None:
        return None, [*faults, Fault("file", "Got null, which holds nothing.", _AGAIN)]
    return data, faults + bad


def judge(shape: type[BaseModel], data: object, mends: Mapping[str, str]) -> list[Fault]:
    """Faults of data against a shape.

    Parameters
    ----------
    shape
        What it should be.
    data
        As read from JSON.
    mends
        What to do about a field, by its name.
    """
    try:
        shape.model_validate(data)
    except ValidationError as error:
        return [_fault(each, mends) for each in error.errors(include_url=False)]
    return []


def _fault(error: Any, mends: Mapping[str, str]) -> Fault:
    names = [part for part in error["loc"] if isinstance(part, str)]
    name = names[-1] if names else ""
    if error["type"] == "missing":
        what = "It is missing."
    elif error["type"] == "extra_forbidden":
        what = "The platform knows no such field, and refuses the whole request for it."
        return Fault(path(error["loc"]), what, "Mend its name, or leave it out.")
    else:
        reason = error["msg"].removeprefix("Value error, ")
        given = error["input"]
        got = type(given).__name__ if _PERSONAL.intersection(names) else short(given)
        what = f"Got {got} ({reason[:1].lower()}{reason[1:]})."
    return Fault(path(error["loc"]), what, mends.get(name, _ELSE))


def path(parts: Iterable[int | str]) -> str:
    """A place in JSON.

    Examples
    --------
    >>> path(("data", 2, "event_time")), path(())
    ('data[2].event_time', 'file')
    """
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{clipped(part, 40)}"
    return text.removeprefix(".") or "file"


def repeated(found: Iterable[tuple[str, object]], what: str, mend: str) -> list[Fault]:
    """Faults where something that may be there once is there again.

    Parameters
    ----------
    found
        Places, and what is there.
    what
        What it is, in words.
    mend
        What to do.
    """
    first: dict[object, str] = {}
    faults = []
    for where, value in found:
        if value in first:
            faults.append(Fault(where, f"Got the {what} that {first[value]} has already.", mend))
        else:
            first[value] = where
    return faults


def objects(data: object, *keys: str) -> list[tuple[str, dict[str, Any]]]:
    """Objects in a list under some keys, with their places; none where there is no such list."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    name = ".".join(keys)
    members = data if isinstance(data, list) else []
    return [(f"{name}[{at}]", one) for at, one in enumerate(members) if isinstance(one, dict)]
