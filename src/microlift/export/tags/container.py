"""Rules of a container file of Google Tag Manager: its shape, and that references lead somewhere.

In files the types of parameters are in capitals, and every value is text.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from microlift.export.faults import Fault, Validator
from microlift.export.judging import Digits, OpenShape, judge, objects, read_json, repeated
from microlift.plan.quoting import short

REFERENCE = re.compile(r"\{\{([^{}]*)\}\}")
ALL_PAGES = ("2147479553", "2147479572", "2147479573")  # of every container, and in no file
_Items: TypeAlias = dict[str, list[tuple[str, dict[str, Any]]]]
_ANYWHERE = frozenset({"_event"})

_TYPES = Literal["TEMPLATE", "BOOLEAN", "INTEGER", "LIST", "MAP", "TAG_REFERENCE",
                 "TRIGGER_REFERENCE", "TYPE_UNSPECIFIED"]  # fmt: skip


class _Parameter(OpenShape):
    type: _TYPES
    key: str = ""
    value: str = ""
    members: Sequence["_Parameter"] = Field(default=(), alias="list")
    pairs: Sequence["_Parameter"] = Field(default=(), alias="map")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if "{{" in self.value:
            return self
        if self.type == "BOOLEAN" and self.value not in ("true", "false"):
            raise ValueError("a BOOLEAN whose value is neither true nor false")
        if self.type == "INTEGER" and not re.fullmatch(r"-?[0-9]+", self.value):
            raise ValueError("an INTEGER whose value is no whole number")
        return self


class _Item(OpenShape):
    accountId: Digits  # noqa: N815
    containerId: Digits  # noqa: N815
    name: Annotated[str, Field(min_length=1)]


class _Typed(_Item):
    type: Annotated[str, Field(min_length=1)]
    parameter: list[_Parameter] = Field(default_factory=list)


class _Variable(_Typed):
    variableId: Digits  # noqa: N815


class _Tag(_Typed):
    tagId: Digits  # noqa: N815
    firingTriggerId: list[Digits] = Field(default_factory=list)  # noqa: N815


class _Trigger(_Typed):
    triggerId: Digits  # noqa: N815


def _capitals(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
        raise ValueError("not in capital letters")
    return text


class _BuiltIn(_Item):
    type: Annotated[str, AfterValidator(_capitals)]


class _Container(OpenShape):
    accountId: Digits  # noqa: N815
    containerId: Digits  # noqa: N815
    publicId: Annotated[str, Field(pattern=r"^GTM-[A-Z0-9]+$")]  # noqa: N815
    usageContext: Annotated[list[str], Field(min_length=1)]  # noqa: N815


class _Version(OpenShape):
    accountId: Digits  # noqa: N815
    containerId: Digits  # noqa: N815
    containerVersionId: Digits  # noqa: N815
    container: _Container
    tag: list[_Tag] = Field(default_factory=list)
    trigger: list[_Trigger] = Field(default_factory=list)
    variable: list[_Variable] = Field(default_factory=list)
    builtInVariable: list[_BuiltIn] = Field(default_factory=list)  # noqa: N815


class _File(OpenShape):
    exportFormatVersion: Literal[2]  # noqa: N815
    exportTime: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]  # noqa: N815
    containerVersion: _Version  # noqa: N815


_CAPITALS = (
    "Write TEMPLATE, BOOLEAN, INTEGER, LIST or MAP: in files types are in capitals, other than in "
    "the API."
)
_MENDS = {
    "type": _CAPITALS,
    "value": 'Write it as text, also numbers and true or false: "3.20".',
    "exportFormatVersion": "Write the number 2.",
    "exportTime": "Write it as 2026-01-31 12:00:00.",
    "publicId": "Write the id of the container, such as GTM-ABC123.",
    "accountId": 'Write digits as text; "0" will do.',
    "containerId": 'Write digits as text; "0" will do.',
}


def check(content: bytes) -> list[Fault]:
    """Faults of a container file."""
    data, faults = read_json(content)
    if data is None:
        return faults
    faults += judge(_File, data, _MENDS)
    if not isinstance(data, dict):
        return faults
    items = {
        kind: objects(data, "containerVersion", kind)
        for kind in ("tag", "trigger", "variable", "builtInVariable")
    }
    for kind, members in items.items():
        for key in ("name", f"{kind}Id"):
            found = [(f"{at}.{key}", str(each[key])) for at, each in members if key in each]
            faults += repeated(found, key, f"Give each {kind} its own.")
    return [*faults, *_references(items), *_firing(items)]


def _references(items: _Items) -> Iterator[Fault]:
    """References to variables that the file does not hold, and braces that are none."""
    held = (each for kind in ("variable", "builtInVariable") for _, each in items[kind])
    known = {str(each.get("name")) for each in held} | _ANYWHERE
    users = (each for kind in ("tag", "trigger", "variable") for each in items[kind])
    for place, text in (found for where, each in users for found in _texts(each, where)):
        for name in REFERENCE.findall(text):
            if name not in known:
                what = f"Got a reference to the variable {short(name)}, which is not in the file."
                yield Fault(place, what, "Add the variable, or enable the built-in one.")
        if "{{" in REFERENCE.sub("", text):
            what = f"Got {short(text)}, with braces that name no variable."
            yield Fault(place, what, "Take the braces out: Tag Manager fills them in.")


def _firing(items: _Items) -> Iterator[Fault]:
    """Triggers of tags that the file does not hold."""
    known = {str(each.get("triggerId")) for _, each in items["trigger"]} | set(ALL_PAGES)
    for where, tag in items["tag"]:
        for key in ("firingTriggerId", "blockingTriggerId"):
            fired = tag.get(key)
            for at, one in enumerate(fired if isinstance(fired, list) else ()):
                if str(one) not in known:
                    what = f"Got the trigger {short(one)}, which is not in the file."
                    yield Fault(f"{where}.{key}[{at}]", what, "Add the trigger, or mend its id.")


def _texts(value: object, where: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """All texts of parameters and filters, with their places."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict) and depth < 50:
        for key, inner in value.items():
            if key not in ("name", "notes"):
                yield from _texts(inner, f"{where}.{key[:40]}", depth + 1)
    elif isinstance(value, list) and depth < 50:
        for at, inner in enumerate(value):
            yield from _texts(inner, f"{where}[{at}]", depth + 1)


CHECK = Validator("gtm", "Google Tag Manager: a container file", check)
