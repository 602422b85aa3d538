"""A part of the plan, which tells what is wrong with it in the words of the plan.

What pydantic finds becomes one `PlanError`: a line a mistake, each with the path of its key, what
it got, and what to write; an unknown key is told with the nearest known one.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from microlift.errors import PlanError, nearest
from microlift.plan.quoting import QUOTE_IT, short

MAX_PROBLEMS = 5
_INNER = ("place", "later", "heard", "of_the_log", "unheard")

_ACTION = "actions[]"  # the place of the parts that have a name to be called by


class Spec(BaseModel):
    """A part of the plan: it stores, and speaks of what is wrong in the words of the plan.

    Every part names its `place`, the path of its keys, and in `later` the keys that are kept for
    what is not built yet: they are refused as such. To build one, move it from `later` to a field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    place: ClassVar[str]
    later: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise _plan_error(error, given, type(self)) from None

    # As pydantic's own RootModel does: inside a larger plan this class is validated as ever, so
    # that the message is made once, at the top, where the whole path of a key is known.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __dir__(self) -> list[str]:
        """Names that a plan is asked for; those of pydantic are there all the same."""
        own = (cls for cls in type(self).__mro__ if issubclass(cls, Spec) and cls is not Spec)
        names = {name for cls in own for name in vars(cls)} | set(type(self).model_fields)
        return sorted(name for name in names if not name.startswith(("_", "model_", *_INNER)))


def _plan_error(error: ValidationError, given: Mapping[str, Any], root: type[Spec]) -> PlanError:
    """Turn what pydantic found into the words of the plan: misspelled keys first, few in all."""
    found = error.errors(include_url=False)
    unknown = {e["loc"][:-1] for e in found if e["type"] == "extra_forbidden"}
    # A misspelled key also leaves its right spelling missing; one mistake gets one sentence.
    told = [e for e in found if e["type"] != "missing" or e["loc"][:-1] not in unknown]
    told.sort(key=lambda e: e["type"] != "extra_forbidden")
    lines = [_sentence(e, given, root) for e in told[:MAX_PROBLEMS]]
    if len(told) > MAX_PROBLEMS:
        lines.append(f"And {len(told) - MAX_PROBLEMS:,} more problems.")
    return PlanError("\n".join(lines))


def _sentence(error: ErrorDetails, given: Mapping[str, Any], root: type[Spec]) -> str:
    loc, kind, got = error["loc"], error["type"], short(error["input"])
    subject = _subject(loc, given, root)
    if kind == "value_error":
        said = str(error["ctx"]["error"])
    elif kind == "extra_forbidden":
        said = _unknown_key(loc, root)
    elif kind == "missing" and isinstance(loc[-1], str):
        example = _spec_at(loc[:-1], root).model_fields[loc[-1]].examples or ["..."]
        said = f"It is missing and has no default. Write for example '{loc[-1]}: {example[0]}'."
    elif kind == "model_type":
        keys = ", ".join(_spec_at(loc, root).model_fields)
        said = f"Got {got}, not a mapping. Write some of its keys ({keys}), or leave it out."
    elif kind == "string_type":
        said = f"Got {got}, not text. {QUOTE_IT}"
    else:
        said = f"Got {got}, which cannot be used. {error['msg']}."
    return f"{subject}: {said}"


def _subject(loc: tuple[int | str, ...], given: Mapping[str, Any], root: type[Spec]) -> str:
    path = root.place + "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in loc)
    if not path:
        return "The plan"
    action: object = given if root.place == _ACTION else None
    if loc[:1] == ("actions",) and len(loc) > 1:
        action = given["actions"][loc[1]]
    name = action.get("name") if isinstance(action, Mapping) else getattr(action, "name", None)
    owner = f" (action {short(name)})" if isinstance(name, str) else ""
    return f"Plan key '{path.lstrip('.')}'{owner}"


def _unknown_key(loc: tuple[int | str, ...], root: type[Spec]) -> str:
    spec, key = _spec_at(loc[:-1], root), str(loc[-1])
    if key in spec.later:
        return (
            "It is not yet supported by this release, and leaving it unread would change what the "
            "plan means. Remove it."
        )
    # A right key in the wrong section is near nothing there: say where it belongs.
    home = sorted(f"{s.place}.{key}".lstrip(".") for s in _parts() if key in s.model_fields)
    near = ", ".join(map(repr, home)) or nearest(key, spec.model_fields)
    return f"It is not known (nearest: {near}), and a key is never ignored. Mend or remove it."


def _spec_at(loc: tuple[int | str, ...], root: type[Spec]) -> type[Spec]:
    place = root.place + "".join("[]" if isinstance(at, int) else f".{at}" for at in loc)
    return next(spec for spec in _parts() if spec.place == place.lstrip("."))


def _parts() -> list[type[Spec]]:
    """Every part of the plan, from whichever file: the package imports them all."""
    return Spec.__subclasses__()
