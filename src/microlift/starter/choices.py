"""All that a starting plan is written from."""

from dataclasses import dataclass

from microlift.starter.attributes import AttributeChoice
from microlift.starter.candidates import Candidate
from microlift.starter.lexicon import Template
from microlift.starter.macro import MacroChoice
from microlift.starter.money import Money
from microlift.starter.outcome import Outcome
from microlift.starter.profile import Profile
from microlift.starter.reading import Opened
from microlift.starter.rhythm import Rhythm


@dataclass(frozen=True)
class Choices:
    """All that a plan is written from; `visits` counts those up to the macro, and empty ones."""

    log: str
    opened: Opened
    found: Profile
    kind: Template | None
    said: bool
    macro: MacroChoice
    money: Money
    seen: Outcome
    judged: tuple[Candidate, ...]
    actions: tuple[Candidate, ...]
    rhythm: Rhythm
    attributes: AttributeChoice
    visits: tuple[int, int]
