"""All targets and validators by name, also those of other packages.

A target of one's own is an object of class `Target`, named as an entry point of the group
``microlift.targets`` in the pyproject.toml of the package that holds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from microlift.asked import as_asked
from microlift.errors import InputError, nearest
from microlift.export.faults import Fault, Validator
from microlift.export.settings import Settings
from microlift.plan.quoting import clipped, short
from microlift.weights import WeightsFile

GROUP = "microlift.targets"


@dataclass(frozen=True)
class Made:
    """What a target makes of weights: files by name, and what their reader should know."""

    files: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A place that weights go to.

    Attributes
    ----------
    name
        As in ``microlift export NAME``.
    title
        What it makes, in words.
    make
        Pure: from a weights file and settings to files; the same input gives the same bytes.
        Raises `InputError` for what the platform cannot take.
    settings
        What it has to be told beside the weights.
    validators
        Which validator judges which file: by the name of the file.
    """

    name: str
    title: str
    make: Callable[[WeightsFile, Any], Made]
    settings: type[Settings] = Settings
    validators: Mapping[str, Validator] = field(default_factory=dict)


@as_asked
def export(
    weights: WeightsFile, target: str | Target, settings: Mapping[str, Any] | None = None
) -> Made:
    """Make the files of a target, and judge them by the platform's rules before handing them out.

    Parameters
    ----------
    weights
        As `microlift.read_weights` reads it.
    target
        A target, or its name; `targets` lists them.
    settings
        Settings of the target, by name.

    Raises
    ------
    InputError
        If the target or a setting is not known, or the platform cannot take these weights.
    """
    found = target if isinstance(target, Target) else target_of(target)
    made = found.make(weights, found.settings.read(settings or {}, found.name))
    for name, validator in found.validators.items():
        faults = validator.check(made.files[name].encode("utf-8")) if name in made.files else []
        if faults:
            raise InputError(refusal(name, faults, f"{found.title} would refuse it"))
    return made


def refusal(name: str, faults: list[Fault], why: str, most: int = 10) -> str:
    """One message for the faults of a file, bounded in length."""
    shown = "\n".join(f"  {fault}" for fault in faults[:most])
    more = f"\n  and {len(faults) - most:,} more" if len(faults) > most else ""
    count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
    return f"{short(name)} has {count}, so that {why}:\n{shown}{more}"


def target_of(name: str) -> Target:
    """The target of a name; refuses unknown ones with the nearest."""
    known = targets()
    if name not in known:
        raise InputError(
            f"Target {short(name)} is not known (nearest: {nearest(name, list(known))}), so there "
            f"is nothing to write. Choose one of: {', '.join(known)}."
        )
    return known[name]


def targets() -> dict[str, Target]:
    """All targets by name: those of microlift first, then those of other packages."""
    from microlift.export.own import TARGETS

    found = {target.name: target for target in TARGETS}
    for point in entry_points(group=GROUP):
        other = _loaded(point)
        found.setdefault(other.name, other)
    return found


def _loaded(point: EntryPoint) -> Target:
    """The target of another package; one that fails is listed, and fails whoever asks for it."""
    try:
        other = point.load()
        if isinstance(other, Target):
            return other
        why = f"it is of type {type(other).__name__}, not a microlift.export.Target"
    except Exception as error:  # of code that is not ours, and must not stop other exports
        why = f"{type(error).__name__}: {error}"

    def refuse(weights: WeightsFile, settings: Settings) -> Made:  # noqa: ARG001
        raise InputError(
            f"Target {short(point.name)} ({clipped(point.value)}) cannot be loaded "
            f"({clipped(why, 200)}), so there is nothing to write. Mend the package that holds it."
        )

    return Target(point.name, f"cannot be loaded ({clipped(why)})", refuse)


def validators() -> dict[str, Validator]:
    """All validators by name, of all targets and of files that are made from a log."""
    from microlift.export.own import VALIDATORS

    found = {validator.name: validator for validator in VALIDATORS}
    for target in targets().values():
        for validator in target.validators.values():
            found.setdefault(validator.name, validator)
    return found


def validate(kind: str, content: bytes) -> list[Fault]:
    """Faults of a file of some kind, wherever it was made; none where it is as it should be.

    Raises
    ------
    InputError
        If there is no validator of that name.
    """
    known = validators()
    if kind not in known:
        raise InputError(
            f"Validator {short(kind)} is not known (nearest: {nearest(kind, list(known))}), so "
            f"nothing can be judged. Choose one of: {', '.join(known)}."
        )
    return known[kind].check(content)
