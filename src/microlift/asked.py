"""What functions ask for: a log, moments, a fitted model; and one refusal of anything else."""

from collections.abc import Callable, Sized
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from os import PathLike
from pathlib import Path
from types import UnionType
from typing import ParamSpec, TypeVar, Union, get_args, get_origin

from microlift.errors import BOUNDED, InputError

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class _Kind:
    """What is asked for, why nothing else will do, and how to come by it."""

    what: str
    why: str
    how: str


# By the name of the class, since this file stands below all of them.
_KINDS = {
    "EventLog": _Kind(
        "an open log",
        "the events are counted by the engine that has read them",
        'Write `with read_events("events.parquet", plan) as log:`, and use the log inside.',
    ),
    "Moments": _Kind(
        "moments of a log",
        "a model sees counts of moments and no events",
        "Count them first: `moments(log)`.",
    ),
    "LiftModel": _Kind(
        "a fitted model",
        "its moments and lifts are what is looked at",
        "Fit one first: `LiftModel().fit(moments(log))`.",
    ),
    "Ledger": _Kind(
        "a ledger",
        "what is at stake stands in its entries",
        "Book one first: `Ledger.from_model(model)`.",
    ),
    "Plan": _Kind(
        "a plan",
        "it says what the columns and events of the log mean",
        'Load one first: `Plan.load("plan.yaml")`, or `Plan.from_dict(...)`.',
    ),
    "Path": _Kind(
        "a path",
        "what is read is read from files",
        "Name a file, a folder or a glob.",
    ),
}
_FITTED = "lift_"  # what a model has once it is fitted


def as_asked(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse, before any work, what is not what an argument asks for by its annotation.

    Examples
    --------
    >>> class Ledger: ...
    >>> @as_asked
    ... def entries(ledger: Ledger, most: int = 3) -> int:
    ...     return most
    >>> entries(Ledger())
    3
    >>> entries("ledger.csv")
    Traceback (most recent call last):
    microlift.errors.InputError: entries() asks for a ledger as ledger, and got the text
    'ledger.csv': what is at stake stands in its entries. Book one first: ...
    """
    parameters = signature(function).parameters
    names = list(parameters)
    classes = {name: _classes(each.annotation) for name, each in parameters.items()}
    asked = {name: known for name, known in classes.items() if any(map(_kind, known))}

    def refusal(name: str, wrong: str, given: object) -> InputError:
        kinds = [kind for each in asked[name] if (kind := _kind(each))]
        what = " or ".join(dict.fromkeys(kind.what for kind in kinds))
        return InputError(
            f"{function.__qualname__}() asks for {what} as {name}, and got {wrong}: "
            f"{kinds[-1].why}. {_saved(given)}{kinds[-1].how}"
        )

    @wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        everything = (*zip(names, args, strict=False), *kwargs.items())
        for name, given in everything:
            wrong = _wrong(given, asked[name]) if name in asked else ""
            if wrong:
                raise refusal(name, wrong, given)
        try:
            return function(*args, **kwargs)
        except AttributeError as error:
            # What is wrong with other arguments has been said by now.
            for name, given in everything:
                if given is error.obj and name in asked and _unfitted(given):
                    raise refusal(name, "one that is not fitted", given) from None
            raise

    return door


def _classes(annotation: object) -> tuple[type, ...]:
    """Classes of an annotation, those of a union one by one."""
    union = get_origin(annotation) in (Union, UnionType)
    members = get_args(annotation) if union else (annotation,)
    return tuple(found for each in members if isinstance(found := get_origin(each) or each, type))


def _kind(of: type) -> _Kind | None:
    return _KINDS.get("Path" if of is PathLike else of.__name__)


def _wrong(given: object, known: tuple[type, ...]) -> str:
    """What was given instead; empty where it is what was asked for."""
    allowed = tuple(PathLike if each is Path else each for each in known)
    if isinstance(given, allowed):
        return "one that is closed" if getattr(given, "closed", False) is True else ""
    if isinstance(given, str):
        return f"the text {BOUNDED.repr(given)}"
    if isinstance(given, PathLike):
        return f"the path {BOUNDED.repr(str(given))}"
    if given is None:
        return "None"
    rows = f" with {len(given):,} rows" if _is_frame(given) and isinstance(given, Sized) else ""
    return f"an object of type {type(given).__name__}{rows}"


def _unfitted(given: object) -> bool:
    return type(given).__name__ == "LiftModel" and not hasattr(given, _FITTED)


def _is_frame(given: object) -> bool:
    return type(given).__name__ == "DataFrame"


def _saved(given: object) -> str:
    saved = 'Save the frame first: `frame.to_parquet("events.parquet")`. '
    return saved if _is_frame(given) else ""
