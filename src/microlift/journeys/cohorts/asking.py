"""What cohorts are asked for: names and expressions, checked at the door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from microlift.errors import InputError
from microlift.journeys.cohorts.language import Node
from microlift.journeys.cohorts.parser import parse_cohort
from microlift.plan import Plan
from microlift.plan.fields import MAX_NAME
from microlift.plan.quoting import listed, printable, short

MOST = 30  # a picture has to stay legible
Asked = str | Sequence[str] | Mapping[str, str]


@dataclass(frozen=True)
class Cohort:
    """A cohort that is asked for: its name, its expression as text and as a tree."""

    name: str
    text: str
    node: Node


def find_cohorts(plan: Plan, asked: Asked) -> tuple[Cohort, ...]:
    """Read what is asked for; a cohort without a name is called by its expression.

    Raises
    ------
    InputError
        If there are none or too many, a name comes twice, or an expression cannot be read.
    """
    named = _named(asked)
    if not 1 <= len(named) <= MOST:
        msg = (
            f"cohorts has {len(named):,} cohorts; a look takes 1 to {MOST}. Name some, as in "
            "['pricing AND case_study', 'cart WITHOUT checkout']."
        )
        raise InputError(msg)
    names = [name for name, _ in named]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = (
            f"cohorts has {listed(repeated)} more than once; figures are told apart by name. Leave "
            "out all but one."
        )
        raise InputError(msg)
    return tuple(Cohort(name, text, parse_cohort(text, plan)) for name, text in named)


def _named(asked: object) -> list[tuple[str, str]]:
    if isinstance(asked, str):
        asked = [asked]
    pairs: list[tuple[object, object]]
    if isinstance(asked, Mapping):
        pairs = list(asked.items())
    elif isinstance(asked, Sequence):
        pairs = [(text, text) for text in asked]
    else:
        pairs = [("", asked)]
    named = []
    for name, text in pairs:
        if not isinstance(text, str) or not isinstance(name, str):
            msg = (
                f"cohorts got {short(text)} of type {type(text).__name__}, which is no expression. "
                "Write text such as 'pricing AND case_study', a list of such, or a mapping of "
                "names to them."
            )
            raise InputError(msg)
        named.append((name, text))
    if not isinstance(asked, Mapping):
        return [(printable(" ".join(text.split())), text) for _, text in named]
    for name, _ in named:
        if not 1 <= len(name.strip()) <= MAX_NAME:
            msg = (
                f"cohorts has the name {short(name)} of {len(name):,} characters; a name heads "
                f"rows and charts, so it has 1 to {MAX_NAME}. Choose a short one."
            )
            raise InputError(msg)
    return [(printable(name.strip()), text) for name, text in named]
